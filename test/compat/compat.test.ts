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
const cliVersion = await readCliVersion();

/** Transcripts that are played side by side, each group on an engine of its own: much of the time is waiting. */
const LANES = running === undefined ? 3 : 1;

describe(
  'answers as Docker',
  { concurrency: LANES, ...needs('root', 'docker', 'busybox'), ...otherCli() },
  () => {
    for (const [index, lane] of lanes(wantedTranscripts()).entries())
      describe(`lane ${index + 1}`, { concurrency: 1 }, () => playAll(lane));
  },
);

interface Wanted {
  readonly name: string;
  readonly scenarios: readonly Scenario[];
}

function wantedTranscripts(): Wanted[] {
  return findTranscripts()
    .map((path) => ({ path, name: basename(path, '.txt') }))
    .filter(({ name }) => files?.includes(name) ?? true)
    .map(({ path, name }) => {
      const { scenarios } = parseTranscript(readFileSync(path, 'utf8'), basename(path));
      return {
        name,
        scenarios: scenarios.filter((scenario) => scenario.title.includes(only) && isRecorded(scenario)),
      };
    })
    .filter(({ scenarios }) => scenarios.length > 0);
}

/** Shares them out so that all lanes have about as many commands. */
function lanes(transcripts: readonly Wanted[]): Wanted[][] {
  const lengthOf = ({ scenarios }: Wanted): number =>
    scenarios.reduce((sum, { steps }) => sum + steps.length, 0);
  const shares = Array.from({ length: LANES }, () => ({ length: 0, transcripts: [] as Wanted[] }));
  for (const transcript of transcripts.toSorted((left, right) => lengthOf(right) - lengthOf(left))) {
    const [shortest] = shares.toSorted((left, right) => left.length - right.length);
    shortest?.transcripts.push(transcript);
    if (shortest) shortest.length += lengthOf(transcript);
  }
  return shares.map((share) => share.transcripts).filter((share) => share.length > 0);
}

function playAll(transcripts: readonly Wanted[]): void {
  let engine: TestEngine | undefined;
  before(async () => {
    if (running !== undefined) return;
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  for (const { name, scenarios } of transcripts)
    describe(name, () => {
      for (const scenario of scenarios)
        test(scenario.title, wantsNewerCli(scenario), () => play(scenario, `${name}.txt`, engine));
    });
}

async function play(scenario: Scenario, file: string, engine: TestEngine | undefined): Promise<void> {
  const docker = findDocker();
  assert.ok('path' in docker);
  const stage: Stage = { host: running ?? engine?.host ?? '', docker: docker.path };
  const held = await holdings(stage.host);
  for (const image of scenario.needs.filter((need) => !isCli(need))) await engine?.load(image);
  const answers = await runScenario(scenario, stage).finally(() => cleanSince(stage.host, held));
  const differing = differences(file, scenario.steps, answers);
  if (differing.length > 0) assert.fail(`\n${differing.join('\n')}`);
}

/** `needs: docker-28.5`: what is compared comes from the CLI, as this version and later ones of 28 have it. */
function isCli(need: string): boolean {
  return need.startsWith('docker-');
}

function wantsNewerCli({ needs: wanted }: Scenario): { skip: string | false } {
  const [, minor] = /^docker-28\.(\d+)$/.exec(wanted.find(isCli) ?? '') ?? [];
  const isOlder = minor !== undefined && Number(minor) > Number(/^28\.(\d+)/.exec(cliVersion)?.[1] ?? 0);
  return { skip: isOlder && `needs a docker CLI of 28.${minor}, this one is ${cliVersion}` };
}

/** Such as `28.5.2`; '' without a CLI. */
async function readCliVersion(): Promise<string> {
  const docker = findDocker();
  if ('skip' in docker) return '';
  const { stdout } = await exec(docker.path, ['--version']);
  return / version ([\d.]+)/.exec(stdout)?.[1] ?? '';
}

/** What the CLI itself says differs from version to version. */
function otherCli(): { skip?: string } {
  if (cliVersion === '' || cliVersion.startsWith('28.')) return {};
  return { skip: `the transcripts are those of docker 28, this one is ${cliVersion}` };
}

/** One that is being written has commands alone. */
function isRecorded({ steps }: Scenario): boolean {
  return steps.some(
    ({ docker: { stdout, stderr, status } }) => stdout !== '' || stderr !== '' || status !== 0,
  );
}
