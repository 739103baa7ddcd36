import { mkdtempDisposableSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exec } from '../src/lib/exec.ts';
import { needs, startTestEngine } from '../test/e2e/harness.ts';
import { type BuildJob, BuildJobs } from './build-jobs.ts';
import { median, table, time } from './measure.ts';
import { PeakMemory } from './peak-memory.ts';

/*
 * Builds by the same `docker buildx build` against our engine and a real dockerd, by turns, and by `lade build` beside them. Each job is
 * done once before, unmeasured: then base images are mounted, contexts sent, caches filled.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: process.env['ROUNDS'] ?? '5' },
    /** Only jobs with this in their name. */
    only: { type: 'string', default: '' },
  },
});
/** Milliseconds after which an engine has let go of what it does not need, and for which it is watched. */
const REST_MS = 10_000;

const docker = process.env['DOCKER_CLI'] ?? 'docker';
const rival = process.env['RIVAL_HOST'];
const missing = needs('root', 'busybox').skip;
if (missing) throw new Error(String(missing));

await using engine = await startTestEngine();
const bases = join(import.meta.dirname, '../.cache/bases/busybox.tar');
const hosts = [engine.host, ...(rival === undefined ? [] : [rival])];
/** Where buildx keeps what builder it uses: not where others change it meanwhile. */
using settings = mkdtempDisposableSync(join(tmpdir(), 'lade-bench-buildx-'));
const environment = (host: string) => ({
  ...process.env,
  DOCKER_HOST: host,
  LADE_HOST: host,
  BUILDX_CONFIG: settings.path,
});
const buildx = (host: string) => (directory: string) =>
  exec(docker, ['buildx', 'build', '-q', '-t', 'bench/built', directory], { env: environment(host) });
const lade = join(import.meta.dirname, '../bin/lade');
const builders = new Map<string, (directory: string) => Promise<unknown>>([
  ['ours', buildx(engine.host)],
  ...(rival === undefined ? [] : [['docker', buildx(rival)] as const]),
  ['lade', (directory) => exec(lade, ['build', '-q', '-t', 'bench/built', directory], { env: environment(engine.host) })],
]); // prettier-ignore
for (const host of hosts) await exec(docker, ['load', '-qi', bases], { env: environment(host) });

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const best = (list: readonly number[]): number => Math.min(...list);
const seconds = (list: readonly number[]): string =>
  list.length === 0 ? '–' : [median, best].map((of) => (of(list) / 1000).toFixed(2)).join(', ');

using contexts = new BuildJobs();
const jobs = contexts.all(values.only);
const client = () => exec(docker, ['buildx', 'version']);
const load = loadavg()[0]?.toFixed(1);
const times = new Map<string, number[]>();
const peaks = new Map<string, number>();
for (const job of jobs) {
  for (const name of builders.keys()) await measure(job, name);
  for (let round = 0; round < Number(values.rounds); round++) {
    const order = round % 2 === 0 ? [...builders.keys()] : [...builders.keys()].toReversed();
    add('client', await time(client));
    for (const name of order) {
      const taken = await measure(job, name);
      add(`${name} ${job.name}`, taken);
      process.stderr.write(`${job.name} ${name}: ${(taken / 1000).toFixed(2)} s\n`);
    }
  }
}
const rest = await restOf(engine.pid);
for (const host of hosts) {
  await exec(docker, ['rmi', '-f', 'bench/built'], { env: environment(host) });
  await exec(docker, ['builder', 'prune', '-af'], { env: environment(host) });
}

function add(what: string, taken: number): void {
  times.set(what, [...(times.get(what) ?? []), taken]);
}

/** What an engine with nothing to do takes. */
async function restOf(pid: number): Promise<string> {
  await sleep(REST_MS);
  const before = processorTime(pid);
  await sleep(REST_MS);
  using memory = new PeakMemory(pid);
  return `${mib(memory.read())}, ${processorTime(pid) - before} ms of processor time in ${REST_MS / 1000} s`;
}

/** Milliseconds; the kernel counts hundredths of a second. */
function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function measure(job: BuildJob, name: string): Promise<number> {
  job.change?.();
  await exec('sync', ['-f', tmpdir()]);
  using memory = new PeakMemory(engine.pid);
  const taken = await time(async () => builders.get(name)?.(job.directory));
  if (name !== 'docker') peaks.set(job.name, Math.max(peaks.get(job.name) ?? 0, memory.read()));
  return taken;
}

const rows = jobs.map(({ name, limit }) => {
  const [ours = [], theirs = [], own = []] = ['ours', 'docker', 'lade'].map((who) => times.get(`${who} ${name}`) ?? []);
  const ratio = [median, best].map((of) => (of(ours) / of(theirs)).toFixed(2)).join(', ');
  const peak = mib(peaks.get(name) ?? 0);
  return [name, seconds(ours), seconds(theirs), theirs.length === 0 ? '–' : ratio, seconds(own), limit, peak];
}); // prettier-ignore
const head = [
  'seconds: median, fastest',
  'ours',
  'Docker',
  'ratio',
  '`lade build`',
  'limit',
  'engine at most',
];
process.stdout.write(
  `\n${availableParallelism()} × ${cpus()[0]?.model}, Linux ${release()}, load ${load} before, ${loadavg()[0]?.toFixed(1)} after, ` +
    `${values.rounds} rounds, all in ${tmpdir()}\n\n${table(head, rows)}\n` +
    `The client alone (docker buildx version): ${seconds(times.get('client') ?? [])}. The engine at rest after that: ${rest}.\n`,
); // prettier-ignore
