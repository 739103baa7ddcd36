import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
import { loadProject } from '../../src/compose/load/load-project.ts';
import { projectDocument } from '../../src/compose/model/project-document.ts';
import { EngineError } from '../../src/lib/errors.ts';
import { type ComposeCase, readCases, writeCase } from './cases.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const EACH = Number(process.env['EACH'] ?? 3);

const root = mkdtempSync(join(tmpdir(), 'lading-mutations-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** What stands where something else belongs. */
const scalars = [null, '', 'x', 1, -1, 1.5, true, '${A', 'a:b:c:d:e', 'service:', ':', '\\', '~', '='];
const collections = [
  [],
  {},
  [null],
  [[]],
  [{}],
  [true],
  [1, 'a'],
  ['='],
  { a: null },
  { a: { b: [] } },
  { '': 1 },
];
const strange: readonly unknown[] = [...scalars, ...collections];

test('whatever stands in a file, it is loaded or refused with words', () => {
  const random = randomBy(SEED);
  for (const [index, one] of readCases('models').entries())
    for (let count = 0; count < EACH; count++) {
      const text = mutate(one, random);
      if (text === undefined) continue;
      const folder = join(root, `${index}-${count}`, 'app');
      mkdirSync(folder, { recursive: true });
      writeCase(folder, { ...one, files: { ...one.files, 'compose.yaml': text } });
      try {
        const options = { files: [join(folder, 'compose.yaml')], cwd: folder, env: one.env, profiles: ['*'] };
        const project = loadProject(options);
        for (const style of ['yaml', 'json'] as const) projectDocument(project, { style });
      } catch (error) {
        assert.ok(error instanceof EngineError, `SEED=${SEED}: ${text}\n${(error as Error).stack}`);
      }
    }
});

/** The main file of a case with one of its values replaced. */
function mutate({ files }: ComposeCase, random: (below: number) => number): string | undefined {
  const [document] = parseAllDocuments(files['compose.yaml'] ?? '', { merge: true, logLevel: 'silent' });
  if (!document || !('toJS' in document) || document.errors.length > 0) return undefined;
  const value: unknown = document.toJS();
  const holders = holdersIn(value);
  const holder = holders[random(holders.length)];
  if (!holder) return undefined;
  const keys = Object.keys(holder);
  holder[keys[random(keys.length)] ?? ''] = strange[random(strange.length)];
  return stringify(value);
}

/** All mappings and lists that have something in them. */
function holdersIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(holdersIn);
  return Object.keys(value).length > 0 ? [value as Record<string, unknown>, ...inner] : inner;
}

/** mulberry32: the same numbers for the same seed. */
function randomBy(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) % 0x7fffffff) % Math.max(1, below);
  };
}
