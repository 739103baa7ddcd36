/**
 * How long `lade` takes from its start to the first byte that it sends to an engine: `node bench/startup.ts [rounds]`.
 * There is no engine: a socket that only listens. Prints medians and the fastest in milliseconds, beside a Node that does nothing.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from '../src/lib/exec.ts';
import { interleave, ms, table } from './measure.ts';

const lade = join(import.meta.dirname, '../bin/lade');
const directory = mkdtempSync(join(tmpdir(), 'lade-startup-'));
const path = join(directory, 'socket');
const server = createServer((socket: Socket) => {
  socket.on('error', () => {});
  socket.once('data', () => {
    server.emit('byte');
    socket.destroy();
  });
}).listen(path);

/** Ends with the first byte. The command, which gets no answer, ends by itself before the next begins. */
async function firstByte(args: readonly string[]): Promise<void> {
  await ended;
  const byte = once(server, 'byte');
  const child = start(lade, args, { env: { ...process.env, LADE_HOST: `unix://${path}` }, stdio: 'ignore' });
  ended = once(child, 'exit');
  await byte;
}

let ended: Promise<unknown> = Promise.resolve();
const times = await interleave(
  new Map<string, () => Promise<unknown>>([
    ['node -e 0', async () => once(start(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')],
    ['lade ps', () => firstByte(['ps'])],
    ['lade run --rm busybox true', () => firstByte(['run', '--rm', 'busybox', 'true'])],
    ['lade exec x true', () => firstByte(['exec', 'x', 'true'])],
  ]),
  Number(process.argv[2] ?? 20),
);
await ended;
server.close();
rmSync(directory, { recursive: true, force: true });
const rows = [...times].map(([name, { median, fastest }]) => [`\`${name}\``, ms(median), ms(fastest)]);
process.stdout.write(table(['command', 'median', 'fastest'], rows));
