import { readFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Client, createClient } from '../src/client/client.ts';
import { exec } from '../src/lib/exec.ts';
import { mapPool } from '../src/lib/pool.ts';
import { needs, startTestEngine } from '../test/e2e/harness.ts';
import { leftoversOf } from '../test/e2e/leftovers.ts';
import { median, ms, table, time, type Times } from './measure.ts';

/*
 * Many containers at once: what it takes to start and remove them, and what they cost the next one and who lists them.
 *   RIVAL_HOST=unix:///var/run/docker.sock  a dockerd to do the same with afterwards; it needs the image busybox
 *   DOCKER_CLI=docker                       for `docker ps` and `docker rm`
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '500' },
    parallel: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '20' },
  },
});
const [count, parallel, rounds] = [Number(values.count), Number(values.parallel), Number(values.rounds)];
const docker = process.env['DOCKER_CLI'] ?? 'docker';
const missing = needs('root', 'busybox').skip;
if (missing) throw new Error(String(missing));

interface Result {
  readonly starting: number;
  readonly failed: number;
  readonly removing: number;
  readonly list: Times;
  readonly ps: Times;
  /** A further `run`: with none beside it (before and after), with all. */
  readonly alone: Times;
  readonly crowded: Times;
  /** Processor time of the engine and all its children for such a run; what others do on the machine matters little to it. */
  readonly work: { readonly alone: number; readonly crowded: number } | undefined;
}

const load = loadavg()[0]?.toFixed(1);
await using engine = await startTestEngine();
await engine.load('busybox');
const memory: string[] = [];
const ours = await measure(engine.host, () => memory.push(residentMiB(engine.pid)), engine.pid);
const left = Object.entries(await leftoversOf(engine, [])).filter(([, list]) => list.length > 0);
const rival = process.env['RIVAL_HOST'];
const theirs = rival === undefined ? undefined : await measure(rival, () => {});

const results = [ours, ...(theirs ? [theirs] : [])];
const row = (name: string, cell: (result: Result) => string): string[] => [name, ...results.map(cell)];
const both = ({ median: middle, fastest }: Times): string => `${ms(middle)}, fastest ${ms(fastest)}`;
const ratio = ({ alone, crowded }: Result): string =>
  `${(crowded.median / alone.median).toFixed(2)}, fastest ${(crowded.fastest / alone.fastest).toFixed(2)}`;
process.stdout.write(
  `\n${cpus().length} × ${cpus()[0]?.model}, Linux ${release()}, load ${load} before; ${count} containers, ${parallel} at a time\n\n` +
    table(
      ['', 'ours', ...(theirs ? ['Docker'] : [])],
      [
        row('start all', ({ starting }) => `${(starting / 1000).toFixed(1)} s`),
        row('failed', ({ failed }) => String(failed)),
        row('`GET /containers/json`', ({ list }) => both(list)),
        row('`docker ps`', ({ ps }) => both(ps)),
        row('a run with none', ({ alone }) => both(alone)),
        row(`a run with ${count}`, ({ crowded }) => both(crowded)),
        row('ratio', ratio),
        row('processor time', ({ work }) =>
          work ? `${ms(work.alone)} → ${ms(work.crowded)}, ${(work.crowded / work.alone).toFixed(2)}` : '–',
        ),
        row('`docker rm -f` of all', ({ removing }) => `${(removing / 1000).toFixed(1)} s`),
      ],
    ) +
    `\nResident: ${memory.join(', ')} (at rest, with all started, after more runs, with all removed)\n` +
    `Left over: ${left.length === 0 ? 'nothing' : JSON.stringify(Object.fromEntries(left))}\n`,
);

async function measure(host: string, look: () => void, pid?: number): Promise<Result> {
  const client = createClient({ host });
  const spent: number[] = [];
  const runs = async (): Promise<Times> => {
    const begin = pid === undefined ? 0 : processorTime(pid);
    const times = await repeat(() => run(client));
    if (pid !== undefined) spent.push((processorTime(pid) - begin) / (rounds + 1));
    return times;
  };
  const cli = (...args: readonly string[]): Promise<unknown> =>
    exec(docker, args, { env: { ...process.env, DOCKER_HOST: host } });
  const before = await runs();
  look();
  const ids: string[] = [];
  let failed = 0;
  const starting = await time(() =>
    mapPool(Array.from({ length: count }), parallel, async () => {
      const { Id } = await client.containers.create({ Image: 'busybox', Cmd: ['sleep', '86400'] });
      ids.push(Id);
      await client.containers.start(Id).catch((error: unknown) => {
        failed += 1;
        process.stderr.write(`${String(error)}\n`);
      });
    }),
  );
  look();
  const list = await repeat(() => client.containers.list());
  const ps = await repeat(() => cli('ps'));
  await sleep(3000);
  const crowded = await runs();
  look();
  const removing = await time(() => cli('rm', '-f', ...ids));
  await sleep(5000);
  look();
  const after = await runs();
  client.close();
  const alone = {
    median: (before.median + after.median) / 2,
    fastest: Math.min(before.fastest, after.fastest),
  };
  const [first, second, third] = spent;
  const work =
    first !== undefined && second !== undefined && third !== undefined
      ? { alone: (first + third) / 2, crowded: second }
      : undefined;
  return { starting, failed, removing, list, ps, alone, crowded, work };
}

async function repeat(work: () => Promise<unknown>): Promise<Times> {
  const times: number[] = [];
  await work();
  for (let round = 0; round < rounds; round++) {
    await sleep(150);
    times.push(await time(work));
  }
  return { median: median(times), fastest: Math.min(...times) };
}

async function run(client: Client): Promise<void> {
  const { Id } = await client.containers.create({
    Image: 'busybox',
    Cmd: ['true'],
    HostConfig: { AutoRemove: true },
  });
  const { done } = await client.containers.wait(Id, 'removed');
  await client.containers.start(Id);
  await done;
}

/** Milliseconds that a process and its children that ended spent (proc_pid_stat(5)). */
function processorTime(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

function residentMiB(pid: number): string {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return `${(Number(kilobytes) / 1024).toFixed(0)} MiB`;
}
