/**
 * Plays the transcripts of a real Docker on lading and compares each answer; those of `docker compose` by `lade compose` and, where
 * it is, by the plugin. `ONLY=text` selects scenarios by their title, `FILES=a,b` transcripts by their name or folder;
 * `ON=unix://…` plays them on an engine that runs already and has busybox.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { findDocker, launcher, needs, startTestEngine, type TestEngine } from '../e2e/harness.ts';
import { exec } from '../../src/lib/exec.ts';
import { cleanSince, holdings } from './clean.ts';
import { differences, eithers } from './compare.ts';
import { findTranscripts } from './find-transcripts.ts';
import { runScenario, type Stage } from './run-scenario.ts';
import { parseTranscript, type Scenario } from './transcript.ts';

const only = process.env['ONLY'] ?? '';
const files = process.env['FILES']?.split(',');

const running = process.env['ON'];
const cliVersion = await readCliVersion();
const composeVersion = await readComposeVersion();

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
  readonly player: Player;
}

/** The programs that are asked, and what they may answer. */
interface Player {
  readonly title: string;
  readonly compose?: string;
  readonly right?: typeof eithers;
  readonly skip?: string | false;
}

/** `docker compose` is played twice: by ours, and by Docker's own on our engine. */
function playersOf(transcript: string): Player[] {
  if (!transcript.startsWith('compose/')) return [{ title: transcript }];
  return [
    { title: `${transcript} by lade compose`, compose: launcher },
    { title: `${transcript} by docker compose`, right: eithers, skip: otherCompose(composeVersion) },
  ];
}

function wantedTranscripts(): Wanted[] {
  return findTranscripts()
    .filter(({ name }) => files?.some((file) => name === file || name.startsWith(`${file}/`)) ?? true)
    .flatMap(({ path, name }) => {
      const { scenarios } = parseTranscript(readFileSync(path, 'utf8'), `${name}.txt`);
      const chosen = scenarios.filter((scenario) => scenario.title.includes(only) && isRecorded(scenario));
      return playersOf(name).map((player) => ({ name, scenarios: chosen, player }));
    })
    .filter(({ scenarios }) => scenarios.length > 0);
}

/** Shares them out so that all lanes have about as many commands. */
function lanes(transcripts: readonly Wanted[]): Wanted[][] {
  const lengthOf = ({ scenarios, player }: Wanted): number =>
    player.skip ? 0 : scenarios.reduce((sum, { steps }) => sum + steps.length, 0);
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

  for (const { name, scenarios, player } of transcripts)
    describe(player.title, { skip: player.skip ?? false }, () => {
      for (const scenario of scenarios)
        test(scenario.title, wantsNewerCli(scenario), () => play(scenario, `${name}.txt`, player, engine));
    });
}

async function play(
  scenario: Scenario,
  file: string,
  { compose, right }: Player,
  engine: TestEngine | undefined,
): Promise<void> {
  const docker = findDocker();
  assert.ok('path' in docker);
  const stage: Stage = {
    host: running ?? engine?.host ?? '',
    docker: docker.path,
    ...(compose !== undefined && { compose }),
  };
  const held = await holdings(stage.host);
  for (const image of scenario.needs.filter((need) => !isCli(need))) await engine?.load(image);
  const answers = await runScenario(scenario, stage).finally(() => cleanSince(stage.host, held));
  const differing = differences(file, scenario.steps, answers, right);
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

/** Such as `2.40.3`; '' without the plugin. */
async function readComposeVersion(): Promise<string> {
  const docker = findDocker();
  if ('skip' in docker) return '';
  const { status, stdout } = await exec(docker.path, ['compose', 'version', '--short'], {
    okStatus: [0, 1, 125],
  });
  return status === 0 ? stdout.trim() : '';
}

function otherCompose(version: string): string | false {
  if (version === '') return "the CLI has no plugin 'compose'";
  return (
    !version.startsWith('2.40.') && `the transcripts are those of docker compose 2.40, this one is ${version}`
  );
}

/** One that is being written has commands alone. */
function isRecorded({ steps }: Scenario): boolean {
  return steps.some(
    ({ docker: { stdout, stderr, status } }) => stdout !== '' || stderr !== '' || status !== 0,
  );
}
