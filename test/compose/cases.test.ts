import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { parseAllDocuments } from 'yaml';
import { after, describe, test } from 'node:test';
import type { Context } from '../../src/cli/context.ts';
import { composeMain } from '../../src/cli/compose/main.ts';
import { exec } from '../../src/lib/exec.ts';
import { messageOf } from '../../src/lib/errors.ts';
import {
  type CaseResult,
  type ComposeCase,
  readCases,
  resultsPath,
  withoutPaths,
  writeFiles,
} from './cases.ts';
import { keysIn, keysOf, openSchema } from './reference.ts';

/** Where this Compose means something else on purpose, or takes what the other one can't. */
const deliberate = JSON.parse(readFileSync(join(import.meta.dirname, 'deliberate.json'), 'utf8')) as Readonly<
  Record<string, { readonly why: string; readonly expected: CaseResult }>
>;

const only = process.env['ONLY'];
const cases = readCases();

/** Prints the model of each project and compares it with what Docker Compose printed. */
describe('models of Compose files', () => {
  const root = mkdtempSync(join(tmpdir(), 'lading-compose-'));
  const directory = join(root, 'app');
  after(() => rmSync(root, { recursive: true, force: true }));

  for (const [theme, members] of Map.groupBy(cases, (one) => one.theme)) {
    const recorded = JSON.parse(readFileSync(resultsPath(theme), 'utf8')) as Record<string, CaseResult>;
    for (const one of members.filter(({ title }) => !only || `${theme}: ${title}`.includes(only)))
      test(`${theme}: ${one.title}`, async () => {
        writeFiles(directory, one);
        const expected = deliberate[`${theme}: ${one.title}`]?.expected ?? recorded[one.title];
        assert.ok(expected, 'nothing is recorded for it');
        const found = await printModel(one, directory);
        if ('error' in expected) assert.ok('error' in found, `it was refused: ${expected.error}`);
        else assert.deepEqual(found, expected);
      });
  }

  const schema = openSchema();
  test('every key of the specification is in a case', 'skip' in schema ? schema : {}, () => {
    if ('skip' in schema) return;
    const used = new Set(
      cases.flatMap((one) => documentsOf(one).flatMap((document) => [...keysIn(schema, document)])),
    );
    assert.deepEqual(
      [...keysOf(schema)].filter((key) => !used.has(key)),
      [],
    );
  });

  test('deviations name cases that are there', () => {
    const titles = new Set(cases.map(({ theme, title }) => `${theme}: ${title}`));
    assert.deepEqual(
      Object.keys(deliberate).filter((title) => !titles.has(title)),
      [],
    );
  });
});

/** What stands in the YAML files of a case; those that are no YAML on purpose have nothing. */
const documentsOf = ({ files }: ComposeCase): unknown[] =>
  Object.entries(files)
    .filter(([name]) => /\.ya?ml$|^-$/.test(name))
    .flatMap(([, text]) =>
      parseAllDocuments(text, { merge: true, logLevel: 'silent' }).map((document): unknown =>
        document.toJS(),
      ),
    );

async function printModel(one: ComposeCase, directory: string): Promise<CaseResult> {
  if (one.files['-'] !== undefined) return printWithInput(one, directory);
  const out = new Text();
  const err = new Text();
  const context = {
    out,
    err,
    env: { HOME: homedir(), ...one.env },
    cwd: directory,
    signal: new AbortController().signal,
  } as unknown as Context;
  try {
    await composeMain(context, [...one.globals, 'config', '--format', 'json', ...one.options]);
  } catch (error) {
    return { error: withoutPaths(messageOf(error), directory) };
  }
  const warnings = withoutPaths(err.text, directory)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^WARN /, ''));
  return { model: JSON.parse(withoutPaths(out.text, directory)) as unknown, warnings: warnings.toSorted() };
}

/** Standard input is that of a process of its own. */
async function printWithInput(one: ComposeCase, directory: string): Promise<CaseResult> {
  const lade = join(import.meta.dirname, '../../bin/lade');
  const args = ['compose', ...one.globals, 'config', '--format', 'json', ...one.options];
  const { stdout } = await exec(lade, args, { cwd: directory, input: one.files['-'] ?? '' });
  return { model: JSON.parse(withoutPaths(stdout, directory)) as unknown, warnings: [] };
}

class Text extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
