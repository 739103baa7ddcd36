/**
 * Plays the transcripts of a real Docker on lading and compares each answer. `ONLY=text` selects scenarios by their title,
 * `FILES=a,b` transcripts by their name; `ON=unix://…` plays them on an engine that runs already and has busybox.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findDocker, needs, startTestEngine, type TestEngine } from '../e2e/harness.ts';
import { exec } from '../../src/lib/exec.ts';
import { cleanSince, holdings } from './clean.ts';
import { differences } from './compare.ts';
import { findTranscripts } from './find-transcripts.ts';
import { runScenario, type Stage } from './run-scenario.ts';
import { parseTranscript, type Scenario } from './transcript.ts';

const only = process.env['ONLY'] ?? '';
const files = process.env['FILES']?.split(',');

const running = process.env['ON'];

describe('answers as Docker', { ...needs('root', 'docker', 'busybox'), ...(await otherCli()) }, () => {
  let engine: TestEngine | undefined;
  before(async () => {
    if (running !== undefined) return;
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  for (const file of findTranscripts().filter((path) => files?.includes(basename(path, '.txt')) ?? true))
    describe(basename(file, '.txt'), () => {
      for (const scenario of parseTranscript(readFileSync(file, 'utf8'), basename(file)).scenarios)
        if (scenario.title.includes(only) && isRecorded(scenario))
          test(scenario.title, () => play(scenario, basename(file)));
    });

  async function play(scenario: Scenario, file: string): Promise<void> {
    const docker = findDocker();
    assert.ok('path' in docker);
    const stage: Stage = { host: running ?? engine?.host ?? '', docker: docker.path };
    const held = await holdings(stage.host);
    for (const image of scenario.needs) await engine?.load(image);
    const answers = await runScenario(scenario, stage).finally(() => cleanSince(stage.host, held));
    const differing = differences(file, scenario.steps, answers);
    if (differing.length > 0) assert.fail(`\n${differing.join('\n')}`);
  }
});

/** What the CLI itself says differs from version to version. */
async function otherCli(): Promise<{ skip?: string }> {
  const docker = findDocker();
  if ('skip' in docker) return {};
  const { stdout } = await exec(docker.path, ['--version']);
  return / version 28\./.test(stdout)
    ? {}
    : { skip: `the transcripts are those of docker 28: ${stdout.trim()}` };
}

/** One that is being written has commands alone. */
function isRecorded({ steps }: Scenario): boolean {
  return steps.some(
    ({ docker: { stdout, stderr, status } }) => stdout !== '' || stderr !== '' || status !== 0,
  );
}
