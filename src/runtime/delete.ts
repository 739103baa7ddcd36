import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '../lib/errors.ts';
import type { RuntimeSpec } from '../oci/runtime-spec.ts';
import { isFrozen, thaw } from './cgroup/freezer.ts';
import { killAll } from './cgroup/processes.ts';
import { removeCgroups } from './cgroup/remove.ts';
import { findMonitor } from './conmon/find-monitor.ts';
import { monitorFiles } from './conmon/launch.ts';
import type { RuntimeContext } from './context.ts';
import { forgetExit } from './exit-files.ts';
import { runRuntime } from './run-runtime.ts';
import { cgroupsPath } from './spec/make-runtime-spec.ts';
import { updateFile } from './update.ts';

/** conmon drains the output of what was killed before it ends. */
const monitorPatience = 5000;

/** Names in a bundle that belong to the runtime and its monitor; what else is there stays. */
const bundleFiles = new Set([
  'config.json',
  'pid',
  'runtime.log',
  'winsz',
  'exec',
  updateFile,
  ...Object.values(monitorFiles),
]);

/** Removes all that the runtime has of a container, whatever state it is in. The exit code goes last. */
export async function deleteContainer(context: RuntimeContext, id: string, bundle: string): Promise<void> {
  const cgroup = context.containers.get(id)?.cgroup ?? recordedCgroup(bundle) ?? cgroupsPath(id);
  await endProcesses(context, id, bundle, cgroup);
  const state = join(context.command.stateDir, id);
  if (!context.native && existsSync(state)) await runRuntime(context, bundle, ['delete', '--force', id]);
  await removeCgroups(context.cgroups, cgroup);
  rmSync(state, { recursive: true, force: true });
  removeBundle(bundle);
  context.containers.delete(id);
  context.exitWatch.remove(id);
  forgetExit(context, id);
}

/** Kills what still runs, and waits until its monitor has written the exit code: a later one would stay. */
async function endProcesses(
  context: RuntimeContext,
  id: string,
  bundle: string,
  cgroup: string,
): Promise<void> {
  const container = context.containers.get(id);
  const monitor = container ? undefined : findMonitor(bundle, id);
  if (container && !container.hasExited) container.init.signal(9);
  if (isFrozen(context.cgroups, cgroup)) thaw(context.cgroups, cgroup);
  await killAll(context.cgroups, cgroup);
  if (container) await Promise.race([container.exited, delay(monitorPatience, undefined, { ref: false })]);
  for (let waited = 0; monitor && !monitor.ended && waited < monitorPatience; waited += 2) {
    await delay(2);
    await killAll(context.cgroups, cgroup); // its create may still be under way
  }
  monitor?.close();
}

/** The group that the specification in the bundle names, for a container of an earlier engine. */
export function recordedCgroup(bundle: string): string | undefined {
  try {
    const spec = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as RuntimeSpec;
    return spec.linux.cgroupsPath;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function removeBundle(bundle: string): void {
  if (!existsSync(bundle)) return;
  const names = readdirSync(bundle);
  for (const name of names)
    if (bundleFiles.has(name)) rmSync(join(bundle, name), { recursive: true, force: true });
  if (names.every((name) => bundleFiles.has(name))) rmdirSync(bundle);
}
