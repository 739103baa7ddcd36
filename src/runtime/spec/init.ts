import { internal } from '../../lib/errors.ts';
import type { BundleSpec } from '../types.ts';
import type { HostFacts } from './host-facts.ts';

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

/** Docker runs the init program only where the container has process ids of its own. */
export const usesInit = (bundle: BundleSpec): boolean =>
  bundle.init && bundle.namespaces.pid.mode === 'private';
