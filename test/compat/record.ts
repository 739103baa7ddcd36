/**
 * Plays transcripts on a real Docker and writes down its answers:
 *
 *     RIVAL_HOST=unix:///run/docker.sock node test/compat/record.ts [FILE …]
 *
 * Only on a Docker of one's own: what a scenario leaves there is removed. busybox and what `needs:` says must be loaded.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { findDocker } from '../e2e/harness.ts';
import { cleanSince, holdings } from './clean.ts';
import { runScenario, type Stage } from './run-scenario.ts';
import { findTranscripts } from './find-transcripts.ts';
import { formatTranscript, parseTranscript, type Scenario } from './transcript.ts';

const host = process.env['RIVAL_HOST'];
const docker = findDocker();
if (host === undefined || 'skip' in docker) throw new Error('wants RIVAL_HOST and a docker CLI');
const stage: Stage = { host, docker: docker.path };
const only = process.env['ONLY'];

for (const file of process.argv.length > 2 ? process.argv.slice(2) : findTranscripts()) {
  const { preface, scenarios } = parseTranscript(readFileSync(file, 'utf8'), file);
  const recorded: Scenario[] = [];
  for (const scenario of scenarios) {
    const wanted = only === undefined || scenario.title.includes(only);
    recorded.push(wanted ? await record(scenario) : scenario);
  }
  writeFileSync(file, formatTranscript({ preface, scenarios: recorded }));
}

async function record(scenario: Scenario): Promise<Scenario> {
  const before = await holdings(stage.host);
  const answers = await runScenario(scenario, stage);
  await cleanSince(stage.host, before);
  const steps = scenario.steps.map((step, index) => ({ ...step, docker: answers[index] ?? step.docker }));
  return { ...scenario, steps };
}
