import { readFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient } from '../src/client/client.ts';
import { exec } from '../src/lib/exec.ts';
import { needs, startTestEngine } from '../test/e2e/harness.ts';
import { interleave, ms, table } from './measure.ts';

/*
 * `run --rm busybox true` and `exec CONTAINER true` by the same docker CLI against our engine and a real dockerd, interleaved; then the
 * memory of our engine, alone and with containers.
 */

/** Milliseconds until an engine that has nothing to do gave back what it does not need. */
const REST = 8000;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: process.env['ROUNDS'] ?? '20' } },
});
const docker = process.env['DOCKER_CLI'] ?? 'docker';
const rival = process.env['RIVAL_HOST'];
const missing = needs('root', 'busybox').skip;
if (missing) throw new Error(String(missing));

await using engine = await startTestEngine();
await engine.load('busybox');
await sleep(REST);
const idle = memoryOf(engine.pid);

const hosts = new Map([['ours', engine.host], ...(rival === undefined ? [] : [['docker', rival] as const])]);
const call = (host: string, ...args: string[]) =>
  exec(docker, args, { env: { ...process.env, DOCKER_HOST: host } });
const name = `bench-${process.pid}`;
for (const host of hosts.values()) await call(host, 'run', '-d', '--name', name, 'busybox', 'sleep', '3600');

const cases: Readonly<Record<string, (host: string) => Promise<unknown>>> = {
  'run --rm busybox true': (host) => call(host, 'run', '--rm', 'busybox', 'true'),
  'run --rm -p 0:80 busybox true': (host) => call(host, 'run', '--rm', '-p', '80', 'busybox', 'true'),
  'run --rm --network none busybox true': (host) =>
    call(host, 'run', '--rm', '--network', 'none', 'busybox', 'true'),
  'run --rm --network host busybox true': (host) =>
    call(host, 'run', '--rm', '--network', 'host', 'busybox', 'true'),
  'exec true': (host) => call(host, 'exec', name, 'true'),
  'docker ps': (host) => call(host, 'ps'),
  'docker --version (the client alone)': (host) => call(host, '--version'),
};
const jobs = new Map(
  Object.entries(cases).flatMap(([job, work]) =>
    [...hosts].map(([who, host]) => [`${who} ${job}`, () => work(host)] as const),
  ),
);
const load = loadavg()[0]?.toFixed(1);
const times = await interleave(jobs, Number(values.rounds));
for (const host of hosts.values()) await call(host, 'rm', '-f', name);

const rows = Object.keys(cases).flatMap((job) => {
  const [ours, theirs] = [times.get(`ours ${job}`), times.get(`docker ${job}`)];
  return (['median', 'fastest'] as const).map((which) => {
    const [mine = NaN, rivals] = [ours?.[which], theirs?.[which]];
    const ratio = rivals === undefined ? '–' : (mine / rivals).toFixed(2);
    return [
      which === 'median' ? `\`${job}\`` : 'fastest',
      ms(mine),
      rivals === undefined ? '–' : ms(rivals),
      ratio,
    ];
  });
});
process.stdout.write(
  `\n${cpus().length} × ${cpus()[0]?.model}, Linux ${release()}, load ${load} before\n` +
    `${values.rounds} rounds through ${docker}:\n\n${table(['median of', 'ours', 'Docker', 'ratio'], rows)}\n`,
);
process.stdout.write(await memoryReport());

/** Resident bytes of a process, and those that are its alone. */
function memoryOf(pid: number): { resident: number; own: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const read = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0) * 1024;
  return { resident: read('Rss'), own: read('Pss') };
}

async function memoryReport(): Promise<string> {
  const client = createClient({ host: engine.host });
  await sleep(REST);
  const before = memoryOf(engine.pid).resident;
  const count = 20;
  const pids: number[] = [];
  for (let index = 0; index < count; index++) {
    const { Id } = await client.containers.create({ Image: 'busybox', Cmd: ['sleep', '3600'] });
    await client.containers.start(Id);
    pids.push((await client.containers.inspect(Id)).State.Pid);
  }
  await sleep(REST);
  const monitors = pids.map((pid) => memoryOf(parentOf(pid)).own).reduce((sum, size) => sum + size, 0);
  const each = (memoryOf(engine.pid).resident - before + monitors) / count;
  client.close();
  const mib = (size: number): string => `${(size / 2 ** 20).toFixed(1)} MiB`;
  return `Memory: engine idle ${mib(idle.resident)} resident (${mib(idle.own)} proportional); each of ${count} containers ${mib(each)} with its monitor\n`;
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
