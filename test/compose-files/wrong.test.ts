import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readCases } from './cases.ts';
import { said } from './said.ts';

/** What Docker's Compose does about a case (record-wrong.ts): its exit status, and the first line of what it says. */
type Recorded = Readonly<Record<string, { readonly status: number; readonly line: string }>>;

/** Files that this Compose refuses though Docker's takes them, or the other way round, and why. */
const deliberate = JSON.parse(
  readFileSync(join(import.meta.dirname, 'wrong', 'deliberate.json'), 'utf8'),
) as Readonly<Record<string, string>>;

/** What is told of files in which something is wrong, word for word; what is refused is refused by Docker's Compose as well. */
describe('mistakes in Compose files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lading-wrong-'));
  after(() => rmSync(directory, { recursive: true }));
  for (const [theme, cases] of Map.groupBy(readCases('wrong'), (one) => one.theme)) {
    const recorded = JSON.parse(
      readFileSync(join(import.meta.dirname, 'wrong', `${theme}.json`), 'utf8'),
    ) as Recorded;
    for (const [index, one] of cases.entries())
      test(`${theme}: ${one.title}`, () => {
        const { status } = recorded[one.title] ?? assert.fail('nothing is recorded for it');
        assert.deepEqual(said(join(directory, `${theme}-${index}`), one), one.messages);
        const isRefused = theme !== 'warnings';
        if (!Object.hasOwn(deliberate, `${theme}: ${one.title}`))
          assert.equal(status !== 0, isRefused, 'only one of the two refuses it');
        assert.ok(!isRefused || one.messages.length > 0);
      });
  }
});
