import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { JsonFileSink } from './json-file-sink.ts';
import { SinkPlace } from './sink-place.ts';
import type { PlacedEntry } from './types.ts';

const root = mkdtempSync('/tmp/lading-json-file-');
after(() => rmSync(root, { recursive: true, force: true }));

const entry = (text: string, index: number): PlacedEntry => ({
  entry: {
    stream: index % 2 ? 'stderr' : 'stdout',
    time: '2026-08-01T12:00:00.000000001Z',
    data: Buffer.from(text),
  },
  place: { inode: 7, offset: (index + 1) * 100 },
});
const numbered = (from: number, to: number): PlacedEntry[] =>
  Array.from({ length: to - from }, (_unused, index) => entry(`line ${from + index}\n`, from + index));

function open(dir: string, maxSize = Infinity, maxFile = 1, compress = false): JsonFileSink {
  return new JsonFileSink(join(dir, 'x.log'), new SinkPlace(join(dir, 'place')), {
    limits: { maxSize, maxFile },
    compress,
    attributes: {},
  });
}

/** All lines of all files, oldest first. */
function lines(dir: string): string[] {
  const files = readdirSync(dir)
    .filter((name) => /^x\.log(\.\d+)?(\.gz)?$/.test(name))
    .toSorted((left, right) => age(right) - age(left));
  return files.flatMap((name) => {
    const bytes = readFileSync(join(dir, name));
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { log: string }).log.trim());
  });
}
const age = (name: string): number => Number(/\.log\.(\d+)/.exec(name)?.[1] ?? 0);
const expected = (to: number): string[] => Array.from({ length: to }, (_unused, index) => `line ${index}`);

test("a record is written as Docker's files have it", async () => {
  const dir = mkdtempSync(join(root, 'f-'));
  const sink = new JsonFileSink(join(dir, 'x.log'), new SinkPlace(join(dir, 'place')), {
    limits: { maxSize: Infinity, maxFile: 1 },
    compress: false,
    attributes: { tag: 'a&b' },
  });
  await sink.write([entry('<é>"\t\n', 0), entry('part', 1)]);
  sink.close();
  assert.equal(
    readFileSync(join(dir, 'x.log'), 'utf8'),
    '{"log":"\\u003cé\\u003e\\"\\t\\n","stream":"stdout","attrs":{"tag":"a\\u0026b"},"time":"2026-08-01T12:00:00.000000001Z"}\n' +
      '{"log":"part","stream":"stderr","attrs":{"tag":"a\\u0026b"},"time":"2026-08-01T12:00:00.000000001Z"}\n',
  );
});

test('full files are renamed, compressed where asked for, and the oldest goes', async () => {
  for (const compress of [false, true]) {
    const dir = mkdtempSync(join(root, 'r-'));
    const sink = open(dir, 300, 3, compress);
    for (let at = 0; at < 20; at += 5) await sink.write(numbered(at, at + 5));
    sink.close();
    const names = readdirSync(dir)
      .filter((name) => name.startsWith('x.log'))
      .toSorted();
    const ending = compress ? '.gz' : '';
    assert.deepEqual(names, ['x.log', `x.log.1${ending}`, `x.log.2${ending}`]);
    const kept = lines(dir);
    assert.deepEqual(kept, expected(20).slice(-kept.length));
    assert.ok(kept.length >= 9 && kept.length < 20, String(kept.length));
  }
});

test('an engine that died between the file and its place writes nothing twice and loses nothing', async () => {
  for (const maxSize of [Infinity, 250]) {
    const dir = mkdtempSync(join(root, 'c-'));
    const place = join(dir, 'place');
    const old = join(dir, 'old');
    for (let at = 0; at < 24; at += 3) {
      const before = open(dir, maxSize, 99);
      if (existsSync(place)) copyFileSync(place, old);
      await before.write(numbered(at, at + 1)); // one record: rotates first or not at all
      before.close();
      const rotated =
        maxSize !== Infinity && readFileSync(join(dir, 'x.log'), 'utf8').split('\n').length === 2;
      if (at > 0 && !rotated) copyFileSync(old, place); // as if it had died before
      const next = open(dir, maxSize, 99);
      await next.write(numbered(rotated || at === 0 ? at + 1 : at, at + 3));
      next.close();
    }
    assert.deepEqual(lines(dir), expected(24));
  }
});

test('a batch that is offered again is written once', async () => {
  const dir = mkdtempSync(join(root, 'b-'));
  const sink = open(dir);
  await sink.write(numbered(0, 4));
  await sink.write(numbered(0, 6));
  sink.close();
  assert.deepEqual(lines(dir), expected(6));
});
