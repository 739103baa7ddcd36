import { statSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { exec } from '../src/lib/exec.ts';
import { needs, startTestEngine } from '../test/e2e/harness.ts';
import { measureLimits } from './image-limits.ts';
import { median, table, time } from './measure.ts';
import { PeakMemory } from './peak-memory.ts';
import { serveDirectory } from './serve-registry.ts';

/*
 * Pull, push, load and commit of a large image (bench/big-image) by the same docker CLI against our engine and a real dockerd, by turns,
 * from and to a registry on loopback.
 */

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: process.env['ROUNDS'] ?? '3' } },
});
const docker = process.env['DOCKER_CLI'] ?? 'docker';
const rival = process.env['RIVAL_HOST'];
const missing = needs('root').skip;
if (missing) throw new Error(String(missing));

const archive = (await exec('bench/big-image', [])).stdout.trim();
await using engine = await startTestEngine();
const hosts = new Map([['ours', engine.host], ...(rival === undefined ? [] : [['docker', rival] as const])]);
const call = (host: string, ...args: string[]) =>
  exec(docker, args, { env: { ...process.env, DOCKER_HOST: host } });
/** What need not be there. */
const perhaps = (host: string, ...args: string[]) => call(host, ...args).catch(() => {});

await using source = await serveDirectory(rival === undefined ? undefined : process.env['RIVAL_NETNS']);
await using target = await serveDirectory(rival === undefined ? undefined : process.env['RIVAL_NETNS']);
const loaded = 'bench/big:latest';
const pulled = `${source.host}/big:latest`;
const pushed = `${target.host}/big:latest`;
const committed = 'bench/committed:latest';
const container = `bench-images-${process.pid}`;

const prepared = hosts.get('docker') ?? engine.host; // its compression is what both pull
await call(prepared, 'load', '-qi', archive);
await call(prepared, 'tag', loaded, pulled);
await call(prepared, 'push', '-q', pulled);
await perhaps(prepared, 'rmi', '-f', loaded, pulled);
const limits = await measureLimits(archive, source.directory);

/** Removes all names of the image, so that nothing of it is left. */
const forget = (host: string) => perhaps(host, 'rmi', '-f', loaded, pulled, pushed);

async function pushAnew(host: string, name: string): Promise<number> {
  target.empty();
  await call(host, 'tag', name, pushed);
  const taken = await time(() => call(host, 'push', '-q', pushed));
  await call(host, 'rmi', pushed);
  return taken;
}

/** In this order: each begins with what the one before left. */
const jobs: Readonly<Record<string, (host: string) => Promise<number>>> = {
  pull: async (host) => {
    await forget(host);
    return time(() => call(host, 'pull', '-q', pulled));
  },
  'push of what was pulled': (host) => pushAnew(host, pulled),
  load: async (host) => {
    await forget(host);
    return time(() => call(host, 'load', '-qi', archive));
  },
  'push of what was loaded': (host) => pushAnew(host, loaded),
  'commit of 30,000 files': async (host) => {
    await call(host, 'run', '--name', container, '--network', 'none', loaded, '/bin/busybox', 'cp', '-a', '/usr/share', '/copy');
    const taken = await time(() => call(host, 'commit', container, committed));
    await call(host, 'rm', container);
    await call(host, 'rmi', committed);
    return taken;
  },
}; // prettier-ignore

const load = loadavg()[0]?.toFixed(1);
const times = new Map<string, number[]>();
const peaks = new Map<string, number>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [job, work] of Object.entries(jobs)) {
    const order = round % 2 === 0 ? [...hosts] : [...hosts].toReversed();
    for (const [who, host] of order) {
      await exec('sync', ['-f', tmpdir()]);
      using memory = new PeakMemory(engine.pid);
      const taken = await work(host);
      times.set(`${who} ${job}`, [...(times.get(`${who} ${job}`) ?? []), taken]);
      if (who === 'ours') peaks.set(job, Math.max(peaks.get(job) ?? 0, memory.read()));
      process.stderr.write(`${job} ${who}: ${(taken / 1000).toFixed(2)} s\n`);
    }
  }
}
for (const host of hosts.values()) await forget(host);

const seconds = (value: number | undefined): string =>
  value === undefined ? '–' : (value / 1000).toFixed(2);
const rows = Object.keys(jobs).map((job) => {
  const [ours = [], theirs = []] = [times.get(`ours ${job}`), times.get(`docker ${job}`)];
  const ratio = (of: (list: readonly number[]) => number): string =>
    theirs.length === 0 ? '–' : (of(ours) / of(theirs)).toFixed(2);
  const best = (list: readonly number[]): number => Math.min(...list);
  return [
    job,
    ...[median, best].map((of) => seconds(of(ours))),
    ...[median, best].map((of) => seconds(theirs.length === 0 ? undefined : of(theirs))),
    ratio(median),
    ratio(best),
    limits[job] ?? '–',
    `${((peaks.get(job) ?? 0) / 2 ** 20).toFixed(0)} MiB`,
  ];
});
const head = [
  'seconds',
  'ours: median',
  'fastest',
  'Docker: median',
  'fastest',
  'ratio',
  'of fastest',
  'limits',
  'engine at most',
];
process.stdout.write(
  `\n${availableParallelism()} × ${cpus()[0]?.model}, Linux ${release()}, load ${load} before, ${values.rounds} rounds, ` +
    `all in ${tmpdir()}; image of ${(statSync(archive).size / 1e9).toFixed(2)} GB\n\n${table(head, rows)}`,
); // prettier-ignore
