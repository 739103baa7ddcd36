import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { composeMain } from '../../src/cli/compose/main.ts';
import type { Context } from '../../src/cli/context.ts';
import { exec } from '../../src/lib/exec.ts';
import { messageOf } from '../../src/lib/errors.ts';
import { type ComposeCase, readCases, writeCase } from './cases.ts';
import { deliberate } from './deliberate.ts';
import { type CaseModel, configLine, readModels, withoutPaths } from './models.ts';
import { keysIn, keysOf, openSchema } from './schema-keys.ts';

const only = process.env['ONLY'] ?? '';
const cases = readCases('models');

/** The model of each project is the one that Docker's Compose printed. */
describe('models of Compose files', () => {
  const root = mkdtempSync(join(tmpdir(), 'lading-compose-'));
  after(() => rmSync(root, { recursive: true, force: true }));

  for (const [theme, members] of Map.groupBy(cases, (one) => one.theme)) {
    const recorded = readModels(theme);
    for (const [index, one] of members.entries()) {
      const name = `${theme}: ${one.title}`;
      if (!name.includes(only)) continue;
      test(name, async () => {
        const expected = deliberate[name]?.expected ?? recorded[one.title];
        assert.ok(expected, 'nothing is recorded for it');
        const found = await printModel(one, join(root, `${theme}-${index}`, 'app'));
        if ('error' in expected) assert.ok('error' in found, `it was refused: ${expected.error}`);
        else assert.deepEqual(withWarnings(found, expected.warnings), expected);
      });
    }
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
    const names = new Set(cases.map(({ theme, title }) => `${theme}: ${title}`));
    assert.deepEqual(
      Object.keys(deliberate).filter((name) => !names.has(name)),
      [],
    );
  });
});

/** A model with those of its warnings that are wanted: there may be more of our own. */
const withWarnings = (found: CaseModel, wanted: readonly string[]): CaseModel =>
  'error' in found
    ? found
    : { ...found, warnings: found.warnings.filter((warning) => wanted.includes(warning)) };

async function printModel(one: ComposeCase, directory: string): Promise<CaseModel> {
  mkdirSync(directory, { recursive: true });
  writeCase(directory, one);
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
    await composeMain(context, configLine(one));
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
async function printWithInput(one: ComposeCase, directory: string): Promise<CaseModel> {
  const lade = join(import.meta.dirname, '../../bin/lade');
  const { stdout } = await exec(lade, ['compose', ...configLine(one)], {
    cwd: directory,
    input: one.files['-'] ?? '',
  });
  return { model: JSON.parse(withoutPaths(stdout, directory)) as unknown, warnings: [] };
}

/** What stands in the YAML files of a case; those that are no YAML on purpose have nothing. */
const documentsOf = ({ files }: ComposeCase): unknown[] =>
  Object.entries(files)
    .filter(([name]) => /\.ya?ml$|^-$/.test(name))
    .flatMap(([, text]) =>
      parseAllDocuments(text, { merge: true, logLevel: 'silent' }).map((document): unknown =>
        document.toJS(),
      ),
    );

class Text extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
