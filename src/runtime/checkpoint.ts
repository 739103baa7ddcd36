import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../lib/compression.ts';
import { EngineError, internal, messageOf } from '../lib/errors.ts';
import type { RuntimeContext } from './context.ts';
import { findContainer } from './monitored-container.ts';
import { runRuntime } from './run-runtime.ts';

const DUMP_LOG = 'dump.log';

/** Throws where CRIU, which does the work, is missing. */
export function checkCriu(): void {
  if (findProgram('criu') === undefined)
    throw new EngineError(
      'not-implemented',
      'checkpoints need CRIU, which this host has not: install the package criu',
    );
}

/** Writes the state of all processes into a directory. Without `leaveRunning` the container ends by that, as if it were killed. */
export async function checkpointContainer(
  context: RuntimeContext,
  id: string,
  options: { readonly directory: string; readonly leaveRunning: boolean },
): Promise<void> {
  checkCriu();
  const { bundle } = findContainer(context, id);
  const where = ['--image-path', options.directory, '--work-path', bundle];
  const how = options.leaveRunning ? ['--leave-running'] : [];
  try {
    await runRuntime(context, bundle, ['checkpoint', ...where, ...how, id]);
  } catch (error) {
    throw internal(`${messageOf(error)}${firstError(join(bundle, DUMP_LOG))}`, error);
  }
}

/** CRIU's own complaint says more than the runtime's. */
function firstError(path: string): string {
  if (!existsSync(path)) return '';
  const line = readFileSync(path, 'utf8')
    .split('\n')
    .find((text) => text.includes('Error ('));
  if (line === undefined) return '';
  const hint = line.includes('iptables-restore')
    ? ` (without iptables: put the line "network-lock nftables" into /etc/criu/runc.conf)`
    : '';
  return `: ${line.replace(/^\(\d+\.\d+\) /, '')}${hint}`;
}
