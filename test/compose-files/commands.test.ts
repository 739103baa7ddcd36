import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, describe, test } from 'node:test';
import { composeMain } from '../../src/cli/compose/main.ts';
import type { Context } from '../../src/cli/context.ts';
import { ExitError } from '../../src/cli/exit-code.ts';
import { type ComposeCase, readCases, writeCase } from './cases.ts';
import { inOrder, type Ran } from './commands.ts';

type Recorded = Readonly<Record<string, Readonly<Record<string, Ran>>>>;

/** Command lines print, and end with, what those of Docker's Compose do (record-commands.ts). */
describe('config on the command line', () => {
  const root = mkdtempSync(join(tmpdir(), 'lading-commands-'));
  after(() => rmSync(root, { recursive: true }));
  for (const [theme, members] of Map.groupBy(readCases('commands'), (one) => one.theme)) {
    const recorded = JSON.parse(
      readFileSync(join(import.meta.dirname, 'commands', `${theme}.json`), 'utf8'),
    ) as Recorded;
    for (const [index, one] of members.entries())
      for (const line of one.commands)
        test(`${one.title}: ${line}`, async () => {
          const folder = join(root, `${theme}-${index}`, 'mnt');
          mkdirSync(folder, { recursive: true });
          writeCase(folder, one);
          const expected = recorded[one.title]?.[line] ?? assert.fail('nothing is recorded for it');
          const { status, stdout } = await run(one, folder, line.split(' '));
          const found = inOrder(line, stdout.replaceAll(folder, '/mnt'));
          assert.deepEqual({ status, stdout: found }, expected);
        });
  }
});

async function run(one: ComposeCase, cwd: string, words: readonly string[]): Promise<Ran> {
  const before = process.cwd();
  process.chdir(cwd); // relative paths of env files are relative to where the command runs
  const out = new Text();
  const context = {
    out,
    err: new Text(),
    env: { HOME: '/root', PWD: cwd, ...one.env },
    cwd,
    signal: new AbortController().signal,
  } as unknown as Context;
  try {
    return { status: await composeMain(context, [...one.flags, ...words]), stdout: out.text };
  } catch (error) {
    return { status: error instanceof ExitError ? error.status : 1, stdout: out.text };
  } finally {
    process.chdir(before);
  }
}

/** Keeps what is written. */
class Text extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}
