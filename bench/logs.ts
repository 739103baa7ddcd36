import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient } from '../src/client/client.ts';
import { needs, startTestEngine } from '../test/e2e/harness.ts';
import { table } from './measure.ts';

/*
 * A container that prints lines as fast as it can: how fast that is, what following it takes, and what it costs the engine's memory.
 * Every line that is followed is checked.
 *   RIVAL_HOST=unix:///var/run/docker.sock  a dockerd to do the same with; it needs the image busybox, and sees the same /tmp
 */
const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1000' },
    'rival-size': { type: 'string', default: '200' },
    slow: { type: 'string', default: '40' },
  },
});
const missing = needs('root', 'busybox').skip;
if (missing) throw new Error(String(missing));

const LENGTH = 100;
const LINES = 500_000;
const FILE_SIZE = (LINES * LENGTH) / 1e6;
const directory = mkdtempSync(join(tmpdir(), 'bench-logs-'));
const file = join(directory, 'lines');
writeFileSync(
  file,
  Array.from({ length: LINES }, (_, number) => `${`${number} `.padEnd(LENGTH - 1, 'x')}\n`).join(''),
);
const load = loadavg()[0]?.toFixed(1);
try {
  await using engine = await startTestEngine();
  await engine.load('busybox');
  const size = Number(values.size);
  const rows = [
    await measure('ours', engine.host, size, '', {}, engine.pid),
    await measure('ours', engine.host, size, '', { slow: Number(values.slow) }, engine.pid),
    await measure('ours', engine.host, size, 'json-file', {}, engine.pid),
    await measure('ours', engine.host, size, '', { follow: false }, engine.pid),
  ];
  const rival = process.env['RIVAL_HOST'];
  for (const driver of rival === undefined ? [] : ['json-file', 'local'])
    for (const follow of [true, false])
      rows.push(await measure('Docker', rival ?? '', Number(values['rival-size']), driver, { follow }));
  process.stdout.write(
    `\n${cpus().length} × ${cpus()[0]?.model}, Linux ${release()}, load ${load} before\n\n` +
      table(['engine', 'driver', 'MB', 'written', 'followed', 'lines wrong', 'memory grew by'], rows),
  );
} finally {
  rmSync(directory, { recursive: true });
}

interface How {
  readonly follow?: boolean;
  /** Megabytes a second that the follower reads. */
  readonly slow?: number;
}

async function measure(
  name: string,
  host: string,
  size: number,
  driver: string,
  { follow = true, slow = Infinity }: How,
  pid?: number,
): Promise<string[]> {
  const client = createClient({ host });
  const times = Math.round(size / FILE_SIZE);
  const { Id } = await client.containers.create({
    Image: 'busybox',
    Cmd: ['sh', '-c', `for time in $(seq ${times}); do cat /lines; done`],
    HostConfig: {
      Binds: [`${file}:/lines:ro`],
      ...(driver !== '' && { LogConfig: { Type: driver, Config: { 'max-size': '20m', 'max-file': '5' } } }),
    },
  });
  const memory = pid === undefined ? undefined : watchMemory(pid);
  const begin = performance.now();
  await client.containers.start(Id);
  const reading = follow ? check(await client.containers.logs(Id, { follow }), slow) : undefined;
  await (
    await client.containers.wait(Id, 'not-running')
  ).done;
  const written = performance.now() - begin;
  const seen = await reading;
  const followed = performance.now() - begin;
  const wrong = seen && seen.wrong + Math.abs(seen.lines - times * LINES);
  const grown = memory?.();
  await client.containers.remove(Id, { force: true });
  client.close();
  const rate = (milliseconds: number): string =>
    `${((times * FILE_SIZE * 1000) / milliseconds).toFixed(0)} MB/s`;
  return [
    name,
    driver || 'the default',
    String(size),
    rate(written),
    seen ? `${rate(followed)}${slow < Infinity ? ' (slow reader)' : ''}` : '–',
    wrong === undefined ? '–' : String(wrong),
    grown === undefined ? '–' : `${(grown / 2 ** 20).toFixed(0)} MB`,
  ];
}

/** Reads frames at some megabytes a second and counts lines, also those that are not the one that should come. */
async function check(
  frames: AsyncIterable<{ data: Uint8Array }>,
  slow: number,
): Promise<{ lines: number; wrong: number }> {
  const begin = performance.now();
  let [lines, wrong, bytes, next, rest] = [0, 0, 0, 0, ''];
  for await (const { data } of frames) {
    const parts = (rest + Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1')).split(
      '\n',
    );
    rest = parts.pop() ?? '';
    for (const line of parts) {
      const number = Number.parseInt(line, 10);
      if (number !== next || line.length !== LENGTH - 1) wrong += 1;
      next = (number + 1) % LINES;
      lines += 1;
    }
    bytes += data.length;
    const early = bytes / 1000 / slow - (performance.now() - begin);
    if (early > 5) await sleep(early);
  }
  return { lines, wrong };
}

/** Bytes that a process grew by at the most, until it is asked. */
function watchMemory(pid: number): () => number {
  const resident = (): number =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  const base = resident();
  let most = base;
  const timer = setInterval(() => (most = Math.max(most, resident())), 50);
  return () => {
    clearInterval(timer);
    return Math.max(most, resident()) - base;
  };
}
