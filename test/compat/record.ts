/**
 * Plays transcripts on a real Docker and writes down its answers:
 *
 *     RIVAL_HOST=unix:///run/docker.sock node test/compat/record.ts [--new] [--lading] [FILE …]
 *
 * Only on an engine of one's own: what a scenario leaves there is removed. busybox and what `needs:` says must be loaded.
 * `ONLY=text` selects scenarios by title, `--new` those without any answer. With `--lading`, the host is a lading engine,
 * `docker compose` is `lade compose`, and their answers go behind the `~ reason` lines.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findDocker, launcher } from '../e2e/harness.ts';
import { cleanSince, holdings } from './clean.ts';
import { runScenario, type Stage } from './run-scenario.ts';
import { findTranscripts } from './find-transcripts.ts';
import { formatTranscript, parseTranscript, type Answer, type Scenario, type Step } from './transcript.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { new: { type: 'boolean' }, lading: { type: 'boolean' } },
});
const host = process.env['RIVAL_HOST'];
const docker = findDocker();
if (host === undefined || 'skip' in docker) throw new Error('wants RIVAL_HOST and a docker CLI');
const stage: Stage = { host, docker: docker.path, ...(values.lading && { compose: launcher }) };
const only = process.env['ONLY'] ?? '';

for (const file of positionals.length > 0 ? positionals : findTranscripts().map(({ path }) => path)) {
  const { scenarios } = parseTranscript(readFileSync(file, 'utf8'), file);
  for (const scenario of scenarios.filter(isWanted)) save(file, await record(scenario));
}

function isWanted({ title, steps }: Scenario): boolean {
  if (!title.includes(only)) return false;
  if (values.lading) return steps.some(({ lading }) => lading !== undefined);
  return (
    !values.new || steps.every(({ docker: { stdout, stderr, status } }) => !stdout && !stderr && status === 0)
  );
}

async function record(scenario: Scenario): Promise<Scenario> {
  const before = await holdings(stage.host);
  const answers = await runScenario(scenario, stage);
  await cleanSince(stage.host, before);
  return { ...scenario, steps: scenario.steps.map((step, index) => answered(step, answers[index])) };
}

function answered(step: Step, answer: Answer | undefined): Step {
  if (!answer) return step;
  if (!values.lading) return { ...step, docker: answer };
  return step.lading ? { ...step, lading: { ...step.lading, answer } } : step;
}

/** At once, and into the file as it is now: recording takes long, others are edited meanwhile. */
function save(file: string, recorded: Scenario): void {
  const { preface, scenarios } = parseTranscript(readFileSync(file, 'utf8'), file);
  const merged = scenarios.map((scenario) =>
    scenario.title === recorded.title && sameCommands(scenario, recorded) ? recorded : scenario,
  );
  writeFileSync(file, formatTranscript({ preface, scenarios: merged }));
}

function sameCommands(one: Scenario, other: Scenario): boolean {
  const commands = ({ steps }: Scenario): string => steps.map(({ command }) => command).join('\n');
  return commands(one) === commands(other);
}
