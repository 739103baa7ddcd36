import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exec, type ExecResult } from '../../src/lib/exec.ts';
import { launcher as lade, needs, startTestEngine, type TestEngine } from './harness.ts';

const project = join(import.meta.dirname, '../..');
const bases = ['python', 'postgres'];
const missing = bases.find((name) => !existsSync(join(project, '.cache/bases', `${name}.tar`)));
const skip = needs('root').skip || (missing !== undefined && `base image ${missing} is missing: make bases`);

/** As its users run it. (The applications in examples/seeds: `make examples`.) */
describe('the example application', { skip }, () => {
  let engine: TestEngine;
  const run = (program: string, args: readonly string[]): Promise<ExecResult> =>
    exec(program, args, { env: { ...engine.env, DOCKER: lade }, cwd: project, okStatus: [0, 1, 2] });

  before(async () => {
    engine = await startTestEngine();
    for (const name of bases) await run(lade, ['load', '-q', '-i', join('.cache/bases', `${name}.tar`)]);
  });
  after(() => engine?.[Symbol.asyncDispose]());

  test('the to-do application is built, migrated, served and accepted', async () => {
    const { status, stdout, stderr } = await run('make', [
      '-C',
      'examples/todo',
      'test',
      'release',
      'acceptance',
    ]);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /ok 6 static files are served from the volume/);
    assert.equal((await run('make', ['-C', 'examples/todo', 'clean'])).status, 0);
  });
});
