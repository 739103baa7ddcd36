import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dropLog, dropOldSegments, nextSegmentPath } from './log-segments.ts';
import { openLog, readEntries } from './read-log.ts';

/** A log whose segments hold what is given; only the last `keep` are kept. */
class CutLog implements Disposable {
  readonly path = join(mkdtempSync(join(tmpdir(), 'lading-cut-')), 'output.log');

  /** Segments of records such as `out P text`. */
  constructor(segments: readonly (readonly string[])[], keep: number) {
    for (const [index, records] of segments.entries()) {
      if (index > 0) this.rotate(keep);
      this.append(...records);
    }
  }

  append(...records: string[]): void {
    const lines = records.map((record) => `2026-08-01T12:00:00.000000001+00:00 std${record}\n`);
    appendFileSync(this.path, lines.join(''));
  }

  rotate(keep: number): void {
    renameSync(this.path, nextSegmentPath(this.path));
    writeFileSync(this.path, '');
    dropOldSegments(this.path, keep, () => {});
  }

  async read(tail?: number): Promise<string> {
    const both = { stdout: true, stderr: true };
    const batches = await Array.fromAsync(readEntries(openLog(this.path, tail), both));
    return batches
      .flat()
      .map(({ data }) => data.toString())
      .join('');
  }

  [Symbol.dispose](): void {
    rmSync(join(this.path, '..'), { recursive: true });
  }
}

test('a line whose beginning was dropped is not told, each stream by itself', async () => {
  const segments = [
    ['out F a', 'err P b1', 'out P c1'],
    ['out P c2', 'err F b2', 'err F d', 'out F c3', 'out F e'],
    ['out F f'],
  ];
  using log = new CutLog(segments, 2);
  assert.equal(await log.read(), 'd\ne\nf\n');
  assert.equal(await log.read(3), 'd\ne\nf\n');
  assert.equal(await log.read(2), 'e\nf\n');
  log.rotate(2); // behind a whole line
  assert.equal(await log.read(), 'f\n');
});

test('the only segment begins with a whole line too, time and again', async () => {
  using log = new CutLog([['out P a1'], ['out F a2', 'out F b', 'out P c1'], ['out F c2', 'out F d']], 1);
  assert.equal(await log.read(), 'd\n');
  renameSync(log.path, nextSegmentPath(log.path)); // not yet dropped
  assert.equal(await log.read(), 'd\n');
});

test('a line without an end is told as far as it is kept', async () => {
  const long = Array.from({ length: 20 }, () => `out P ${'x'.repeat(8000)}`);
  using log = new CutLog([['out P a'], long], 1);
  assert.equal((await log.read()).length, 160_000);
});

test('a dropping that was cut short cuts nothing', async () => {
  using log = new CutLog([['out P a1']], 3);
  log.rotate(3);
  log.append('out F a2');
  writeFileSync(`${log.path}.cut`, '1 stdout'); // the engine died before the deletion
  assert.equal(await log.read(), 'a1a2\n');
  dropLog(log.path);
  assert.ok(!existsSync(`${log.path}.cut`));
});
