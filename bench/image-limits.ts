import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../src/lib/exec.ts';
import { mapPool } from '../src/lib/pool.ts';
import { time } from './measure.ts';

/*
 * What the same work costs without any engine, by programs on all processors: what no engine can do without. Each is the fastest of three.
 */

/** For each job of images.ts: its limits in words. */
export async function measureLimits(
  archive: string,
  registry: string,
): Promise<Readonly<Record<string, string>>> {
  const blobs = readdirSync(registry, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/data'))
    .map((path) => join(registry, path))
    .filter((path) => statSync(path).size > 100_000);
  const directory = mkdtempSync(join(tmpdir(), 'lade-bench-limits-'));
  const shell = (script: string, ...args: string[]) => exec('bash', ['-ec', script, 'bash', ...args]);
  const eachBlob = (script: string) => mapPool(blobs, availableParallelism(), (blob) => shell(script, blob, directory));
  const fresh = async (): Promise<void> => {
    rmSync(directory, { recursive: true });
    await exec('mkdir', [directory]);
    await exec('sync', ['-f', directory]);
  };
  const best = async (work: () => Promise<unknown>): Promise<string> => {
    let fastest = Infinity;
    for (let round = 0; round < 3; round++) {
      await fresh();
      fastest = Math.min(fastest, await time(work));
    }
    return (fastest / 1000).toFixed(2);
  };
  try {
    const inflate = await best(() => eachBlob('igzip -dc "$1" | openssl sha256'));
    const disk = await best(() => shell('cat "$1" >"$2/copy"; sync -f "$2"', archive, directory));
    const untar = await best(async () => {
      await eachBlob('mkdir "$2/${1//[^0-9a-f]/}"; igzip -dc "$1" | tar -xC "$2/${1//[^0-9a-f]/}"');
      await shell('sync -f "$1"', directory);
    });
    const hash = await best(() => shell('openssl sha256 <"$1"', archive));
    const send = await best(() => shell('for blob; do cat "$blob"; done >"$0"; sync -f "$0"'.replaceAll('$0', join(directory, 'copy')), ...blobs));
    const deflate = await best(() => eachBlob('igzip -dc "$1" | igzip -3c >"$2/${1//[^0-9a-f]/}"'));
    return {
      pull: `inflate and hash ${inflate}, disk ${disk}, inflate, GNU tar and disk ${untar}`,
      load: `hash ${hash}, disk ${disk}`,
      'push of what was pulled': `disk ${send}`,
      'push of what was loaded': `inflate and igzip ${deflate}`,
      'commit of 30,000 files': '',
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
} // prettier-ignore
