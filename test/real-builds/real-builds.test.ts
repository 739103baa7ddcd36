import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs, startTestEngine, type TestEngine } from '../e2e/harness.ts';
import { readBases, Workbench } from './builder.ts';
import { compareResults } from './compare-results.ts';
import { buildInPhases } from './phases.ts';
import { projects } from './projects.ts';
import { readRecorded } from './recorded.ts';

const root = join(import.meta.dirname, '../..');
const recorded = projects.filter(({ needsNetwork }) => !needsNetwork);
const bases = [...new Set(recorded.flatMap((project) => project.bases))];
const missing = bases.find((base) => !existsSync(join(root, '.cache/bases', `${base}.tar`)));
const skip = needs('root').skip || (missing !== undefined && `base image ${missing} is missing: make bases`);

/**
 * Real projects, from nothing, unchanged, with a file or what they depend on changed: files, config, history and which steps ran are
 * those of Docker's own builder (recorded by compare.ts). Those that fetch packages are compared by hand only.
 */
describe('builds of real projects', { skip, concurrency: 2 }, () => {
  let engine: TestEngine;
  const directory = mkdtempSync('/tmp/lading-real-builds-');
  before(async () => {
    engine = await startTestEngine();
    for (const base of bases) await engine.load(base);
  });
  after(async () => {
    rmSync(directory, { recursive: true, force: true });
    await engine?.[Symbol.asyncDispose]();
  });

  for (const project of recorded)
    test(project.name, async () => {
      const expected = readRecorded(project.name);
      const builder = {
        name: 'lade build',
        client: join(root, 'bin/lade'),
        build: ['build'],
        env: engine.env,
      };
      const bench = new Workbench(builder, project, await readBases(builder));
      const found = await buildInPhases(bench, project, join(directory, project.name));
      assert.deepEqual([...found.keys()], [...expected.keys()]);
      for (const [title, result] of found)
        assert.deepEqual(compareResults(expected.get(title), result), [], `${project.name}: ${title}`);
    });
});
