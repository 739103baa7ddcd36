import { internal } from '../../lib/errors.ts';
import type { BundleSpec } from '../types.ts';
import type { HostFacts } from './host-facts.ts';
import { usesInit } from './mounts.ts';

/** Where the init program appears in a container; Docker's path. */
export const initPath = '/sbin/docker-init';

/** The arguments of a container's first process: the program, or the init program that runs it. */
export function makeArguments(bundle: BundleSpec, host: HostFacts): readonly string[] {
  if (!usesInit(bundle)) return bundle.process.args;
  if (host.initProgram === undefined) {
    throw internal(
      'Cannot run an init process: this host has none of docker-init, tini-static and catatonit',
    );
  }
  return [initPath, '--', ...bundle.process.args];
}
