import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { LogBatch, LogEntry } from '../types.ts';
import { parseRecords } from './cri-record.ts';
import { LogCursor } from './log-cursor.ts';
import { dropOldSegments, nextSegmentPath, repairRotation } from './log-segments.ts';
import { LogWatches } from './log-watch.ts';
import { followEntries, openLog, readEntries } from './read-log.ts';

const base = mkdtempSync(join(tmpdir(), 'lading-logs-'));
after(() => rmSync(base, { recursive: true, force: true }));
let logs = 0;
const all = { stdout: true, stderr: true };

function freshLog(): string {
  const dir = join(base, String(logs++));
  mkdirSync(dir);
  const log = join(dir, 'output.log');
  writeFileSync(log, '');
  return log;
}

const at = (second: number): string => `2026-08-01T12:00:${String(second).padStart(2, '0')}.000000001+00:00`;
const record = (text: string, second = 0, stream = 'stdout', tag = 'F'): string =>
  `${at(second)} ${stream} ${tag} ${text}\n`;

/** What the monitor does when the engine rotates. */
function rotate(log: string): void {
  renameSync(log, nextSegmentPath(log));
  writeFileSync(log, '');
}

const entriesOf = async (batches: AsyncIterable<LogBatch>): Promise<LogEntry[]> =>
  (await Array.fromAsync(batches)).flat();
const text = async (batches: AsyncIterable<LogBatch>): Promise<string> =>
  (await entriesOf(batches)).map(({ data }) => data.toString()).join('');
const readAll = (log: string, tail?: number, filter: object = {}): Promise<string> =>
  text(readEntries(openLog(log, tail), { ...all, ...filter }));

test('bytes come back exactly, in order, with partial lines as they were written', async () => {
  const log = freshLog();
  const bytes = Buffer.from([0, 255, 13, 27, 0xc3]);
  appendFileSync(log, record('one'));
  appendFileSync(log, record('err', 1, 'stderr'));
  appendFileSync(log, Buffer.concat([Buffer.from(`${at(2)} stdout P `), bytes, Buffer.from('\n')]));
  appendFileSync(log, record('', 3));
  appendFileSync(log, record('prompt> ', 4, 'stdout', 'P'));
  const entries = await entriesOf(readEntries(openLog(log, undefined), all));
  assert.deepEqual(
    entries.map(({ stream, data }) => [stream, data.toString('latin1')]),
    [
      ['stdout', 'one\n'],
      ['stderr', 'err\n'],
      ['stdout', bytes.toString('latin1')],
      ['stdout', '\n'],
      ['stdout', 'prompt> '],
    ],
  );
  assert.equal(entries[1]?.time, '2026-08-01T12:00:01.000000001Z');
  assert.equal(await readAll(log, undefined, { stdout: false }), 'err\n');
});

test('a torn record at the end is not told before it is whole, junk is left out', async () => {
  const log = freshLog();
  appendFileSync(log, record('one') + 'junk\n' + record('two').slice(0, 30));
  assert.equal(await readAll(log), 'one\n');
  appendFileSync(log, record('two').slice(30));
  assert.equal(await readAll(log), 'one\ntwo\n');
});

test('since and until cut by time', async () => {
  const log = freshLog();
  for (let second = 0; second < 6; second += 1) appendFileSync(log, record(`${second}`, second));
  assert.equal(await readAll(log, undefined, { since: '2026-08-01T12:00:04Z' }), '4\n5\n');
  assert.equal(await readAll(log, undefined, { since: '2026-08-01T14:00:04.5+02:00' }), '5\n');
  assert.equal(await readAll(log, undefined, { until: '2026-08-01T12:00:01.1Z' }), '0\n1\n');
  await assert.rejects(readAll(log, undefined, { since: 'yesterday' }), /invalid time "yesterday"/);
});

test('tail counts lines from the end, over segments, partial records and blocks', async () => {
  const log = freshLog();
  const lines: string[] = [];
  for (let number = 0; number < 5000; number += 1) {
    const line = `${number} ${'x'.repeat(number % 200)}`;
    lines.push(`${line}\n`);
    if (number % 7 === 0)
      appendFileSync(log, record(line.slice(0, 2), 0, 'stdout', 'P') + record(line.slice(2)));
    else appendFileSync(log, record(line));
    if (number % 1700 === 1699) rotate(log);
  }
  for (const count of [1, 2, 7, 1599, 1600, 1601, 3301, 4999, 5000, 6000])
    assert.equal(await readAll(log, count), lines.slice(-count).join(''), `tail ${count}`);
  assert.equal(await readAll(log, 0), '');
  appendFileSync(log, record('open end', 0, 'stdout', 'P'));
  assert.equal(await readAll(log, 1), 'open end');
  assert.equal(await readAll(log, 2), `${lines.at(-1)}open end`);
});

test('a line that began in an older segment is told whole', async () => {
  const log = freshLog();
  appendFileSync(log, record('before') + record('lon', 0, 'stdout', 'P'));
  rotate(log);
  appendFileSync(log, record('ger') + record('last'));
  assert.equal(await readAll(log, 2), 'longer\nlast\n');
});

test('following tells each line once over rotations, promptly, and ends when the run has ended', async () => {
  const log = freshLog();
  const watches = new LogWatches();
  const watch = watches.open(log);
  const cursor = openLog(log, 0);
  watch.onDrop = (oldest) => cursor.hold(oldest);
  let isOver = false;
  const got: string[] = [];
  let slowest = 0;
  const following = (async () => {
    for await (const batch of followEntries(cursor, all, watch, () => isOver))
      for (const { data } of batch) {
        const [number, sent] = data.toString().trim().split(' ');
        got.push(number ?? '');
        slowest = Math.max(slowest, Date.now() - Number(sent));
      }
  })();
  for (let number = 0; number < 300; number += 1) {
    appendFileSync(log, record(`${number} ${Date.now()}`));
    if (number % 40 === 39) rotate(log);
    if (number % 90 === 89) dropOldSegments(log, 3, (oldest) => watches.tellDrop(log, oldest));
    if (number % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  cursor.seal();
  isOver = true;
  watch.notify();
  await following;
  assert.deepEqual(
    got,
    Array.from({ length: 300 }, (_, number) => String(number)),
  );
  assert.ok(slowest < 500, `a line took ${slowest} ms`);
});

for (const [start, tail, first] of [
  ['before the first line', undefined, 0],
  ['at the first line', undefined, 0],
  ['in the second segment', 3, 12],
  ['at the end', 0, 15],
] as const)
  test(`who begins ${start} and reads little meanwhile loses nothing that is dropped`, async () => {
    const log = freshLog();
    const watches = new LogWatches();
    const write = (from: number, to: number): void => {
      for (let number = from; number < to; number += 1) {
        appendFileSync(log, record(`${number}`));
        if (number % 10 !== 9) continue;
        rotate(log);
        dropOldSegments(log, 3, (oldest) => watches.tellDrop(log, oldest));
      }
    };
    if (start === 'before the first line') rmSync(log);
    else write(0, 15);
    const cursor = openLog(log, tail);
    using watch = watches.open(log);
    watch.onDrop = (oldest) => cursor.hold(oldest);
    if (start === 'before the first line') write(0, 15);
    write(15, 95);
    const block = parseRecords(cursor.read() ?? Buffer.alloc(0));
    write(95, 147);
    cursor.seal();
    rmSync(join(log, '..'), { recursive: true });
    const told = block.map(({ data }) => data.toString()).join('') + (await text(readEntries(cursor, all)));
    assert.equal(told, Array.from({ length: 147 - first }, (_, index) => `${first + index}\n`).join(''));
  });

test('a reader that falls too far behind is given up and told so', () => {
  const log = freshLog();
  const cursor = openLog(log, undefined);
  for (let number = 0; number < 1100; number += 1) {
    appendFileSync(log, record(`${number}`));
    rotate(log);
    dropOldSegments(log, 2, (oldest) => cursor.hold(oldest));
  }
  assert.throws(() => cursor.read(), /fell too far behind/);
});

test('what is left when a run ends is read even after the files are gone', async () => {
  const log = freshLog();
  appendFileSync(log, record('one'));
  const cursor = openLog(log, undefined);
  rotate(log);
  appendFileSync(log, record('two'));
  rotate(log);
  appendFileSync(log, record('three'));
  cursor.seal();
  rmSync(join(log, '..'), { recursive: true });
  assert.equal(await text(readEntries(cursor, all)), 'one\ntwo\nthree\n');
});

test('an abort ends following, and the watch goes with its last reader', async () => {
  const log = freshLog();
  const watches = new LogWatches();
  const stop = new AbortController();
  const reading = Array.fromAsync(
    followEntries(openLog(log, undefined), all, watches.open(log), () => false, stop.signal),
  );
  setTimeout(() => stop.abort(), 10);
  assert.deepEqual(await reading, []);
  assert.equal(process.getActiveResourcesInfo().filter((name) => name === 'FSEvent').length, 0);
});

test('a slow reader of a big log holds only what it has read', async () => {
  const log = freshLog();
  const line = record('y'.repeat(1000));
  for (let block = 0; block < 40; block += 1) appendFileSync(log, line.repeat(1000));
  const before = process.memoryUsage().arrayBuffers;
  let lines = 0;
  const entries = followEntries(openLog(log, undefined), all, new LogWatches().open(log), () => true);
  for await (const batch of entries) {
    for (const { data } of batch) assert.equal(data.length, 1001);
    lines += batch.length;
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown < 30 << 20, `${grown} bytes are held`);
  }
  assert.equal(lines, 40_000);
});

test('segments are numbered upwards, dropped from the old end, and a rotation cut short is taken back', async () => {
  const log = freshLog();
  for (const number of [1, 2, 3]) {
    appendFileSync(log, record(`${number}`));
    rotate(log);
  }
  let told = 0;
  dropOldSegments(log, 3, (oldest) => (told = oldest));
  assert.equal(told, 1);
  assert.deepEqual(readdirSync(join(log, '..')).sort(), ['output.log', 'output.log.2', 'output.log.3']);
  assert.equal(nextSegmentPath(log), `${log}.4`);
  rmSync(log);
  repairRotation(log);
  assert.deepEqual(readdirSync(join(log, '..')).sort(), ['output.log', 'output.log.2']);
  assert.equal(await readAll(log), '2\n3\n');
});

test('a cursor at the end starts with the next record, also when the log was rotated meanwhile', async () => {
  const log = freshLog();
  appendFileSync(log, record('old'));
  const cursor = LogCursor.atEnd(log);
  appendFileSync(log, record('new'));
  rotate(log);
  appendFileSync(log, record('newer'));
  assert.equal(await text(readEntries(cursor, all)), 'new\nnewer\n');
});
