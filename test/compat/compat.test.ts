/**
 * Plays the transcripts of a real Docker on lading and compares each answer. `ONLY=text` selects scenarios by their title,
 * `FILES=a,b` transcripts by their name.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findDocker, needs, startTestEngine, type TestEngine } from '../e2e/harness.ts';
import { cleanSince, holdings } from './clean.ts';
import { findTranscripts } from './find-transcripts.ts';
import { runScenario, type Stage } from './run-scenario.ts';
import { parseTranscript, type Answer, type Scenario } from './transcript.ts';

const only = process.env['ONLY'] ?? '';
const files = process.env['FILES']?.split(',');

describe('answers as Docker', needs('root', 'docker', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  for (const file of findTranscripts().filter((path) => files?.includes(basename(path, '.txt')) ?? true))
    describe(basename(file, '.txt'), () => {
      for (const scenario of parseTranscript(readFileSync(file, 'utf8'), basename(file)).scenarios)
        if (scenario.title.includes(only)) test(scenario.title, () => play(scenario, basename(file)));
    });

  async function play(scenario: Scenario, file: string): Promise<void> {
    const docker = findDocker();
    assert.ok('path' in docker);
    const stage: Stage = { host: engine.host, docker: docker.path };
    const held = await holdings(stage.host);
    for (const image of scenario.needs) await engine.load(image);
    const answers = await runScenario(scenario, stage).finally(() => cleanSince(stage.host, held));
    for (const [index, step] of scenario.steps.entries()) {
      const wanted = step.lading?.answer ?? step.docker;
      assert.deepEqual(lines(answers[index]), lines(wanted), `${file}:${step.line}: ${step.command}`);
    }
  }
});

/** One line an entry: that is how differences read best. */
function lines(answer: Answer | undefined): string[] {
  if (!answer) return [];
  const { stdout, stderr, status } = answer;
  return [...stdout.split('\n'), ...stderr.split('\n').map((line) => `! ${line}`), `status ${status}`];
}
