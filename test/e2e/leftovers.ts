import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../../src/lib/exec.ts';
import type { TestEngine } from './harness.ts';

/** What is left of containers that were removed, by kind: all lists are empty when nothing leaked. */
export async function leftoversOf(
  engine: Pick<TestEngine, 'name' | 'dataRoot' | 'runRoot'>,
  ids: readonly string[],
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const { dataRoot, runRoot } = engine;
  return {
    mounts: mountsWith(ids),
    directories: readdirSync(join(dataRoot, 'containers')),
    snapshots: readdirSync(join(dataRoot, 'snapshots')),
    bundles: readdirSync(join(runRoot, 'c')),
    'runtime states': readdirSync(join(runRoot, 'r')),
    'exit files': readdirSync(join(runRoot, 'exits')),
    monitors: monitorsBelow(dataRoot),
    'published ports': await publishedPorts(engine.name),
    cgroups: cgroupsOf(ids),
  };
}

/** The same lists when nothing is left. */
export const nothing = {
  mounts: [],
  directories: [],
  snapshots: [],
  bundles: [],
  'runtime states': [],
  'exit files': [],
  monitors: [],
  'published ports': [],
  cgroups: [],
} as const;

function mountsWith(ids: readonly string[]): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => ids.some((id) => line.includes(id) || line.includes(id.slice(0, 12))));
}

/** Command lines of monitors that work below a directory. */
function monitorsBelow(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return []; // ended meanwhile
      }
    })
    .filter((line) => line.includes('conmon') && line.includes(directory));
}

async function publishedPorts(name: string): Promise<unknown[]> {
  const { stdout } = await exec('nft', ['-j', 'list', 'table', 'inet', name]);
  const { nftables } = JSON.parse(stdout) as { nftables: { map?: { name: string; elem?: unknown[] } }[] };
  return nftables.flatMap(({ map }) => map?.elem ?? []);
}

function cgroupsOf(ids: readonly string[]): string[] {
  const root = '/sys/fs/cgroup';
  const trees = [root, ...readdirSync(root).map((name) => join(root, name))];
  return trees.flatMap((tree) =>
    ids.map((id) => join(tree, 'lading', id)).filter((group) => existsSync(group)),
  );
}
