import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, ExecError } from '../../src/lib/exec.ts';
import { emptyBuildCache } from './clean.ts';
import { Normalizer } from './normalize.ts';
import { sortProgress } from './progress-lines.ts';
import type { Answer, Scenario } from './transcript.ts';

const tools = join(import.meta.dirname, 'tools');

/** The engine that a scenario is played on. */
export interface Stage {
  /** DOCKER_HOST */
  readonly host: string;
  /** The docker CLI. */
  readonly docker: string;
  /** The program that `docker compose …` is run by in place of the CLI's plugin, with the same arguments. */
  readonly compose?: string;
}

/**
 * Plays a scenario in one shell, in an empty folder, and removes whatever it made on the engine.
 * @returns the answer to each step, with ids, times and addresses replaced
 */
export async function runScenario(scenario: Scenario, stage: Stage): Promise<Answer[]> {
  if (scenario.steps.some(({ command }) => /build/i.test(command))) await emptyBuildCache(stage.host);
  const folder = mkdtempSync(join(tmpdir(), 'compat-'));
  const work = join(folder, 'work');
  try {
    mkdirSync(work);
    mkdirSync(join(folder, '.docker'));
    writeFileSync(join(folder, '.docker/config.json'), JSON.stringify(pluginFolders()));
    const results = scenario.steps.map((_, index) => join(folder, String(index)));
    writeFileSync(join(folder, 'script'), scriptOf(scenario, results));
    const shell = ['--signal=KILL', '90', 'bash', '--noprofile', '--norc', join(folder, 'script')];
    await exec('timeout', shell, {
      cwd: work,
      env: environment(stage, folder),
      okStatus: Array.from({ length: 256 }, (_, status) => status),
    }).catch(ignoreKill);
    const normalizer = new Normalizer([
      [work, '<dir>'],
      [folder, '<home>'],
      [stage.host, '<host>'],
    ]);
    return results.map((file) => readAnswer(file, normalizer));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One that hangs is killed with all that it started: the steps that have no status tell where. */
function ignoreKill(error: unknown): void {
  if (!(error instanceof ExecError) || error.status !== undefined) throw error;
}

/** Each step's streams and status go to files of their own; variables live on from step to step. */
function scriptOf({ steps }: Scenario, results: readonly string[]): string {
  const run = steps.map(
    ({ command }, index) =>
      `{ ${command}\n} >${results[index]}.out 2>${results[index]}.err </dev/null; echo $? >${results[index]}.status`,
  );
  return `${run.join('\n')}\nwait\n`;
}

/** The user's settings are none of a scenario's, but the CLI may find its plugins by them. */
function pluginFolders(): { cliPluginsExtraDirs?: unknown } {
  const directory = process.env['DOCKER_CONFIG'];
  if (directory === undefined || !existsSync(join(directory, 'config.json'))) return {};
  const { cliPluginsExtraDirs } = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as {
    cliPluginsExtraDirs?: unknown;
  };
  return { cliPluginsExtraDirs };
}

function environment({ host, docker, compose }: Stage, folder: string): NodeJS.ProcessEnv {
  return {
    PATH: `${tools}:${process.env['PATH']}`,
    HOME: folder,
    DOCKER_CLI: docker,
    ...(compose !== undefined && { COMPOSE_BY: compose }),
    DOCKER_HOST: host,
    DOCKER_BUILDKIT: '0',
    DOCKER_CLI_HINTS: 'false',
    COMPAT_NODE: process.execPath,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    TERM: 'xterm',
  };
}

function readAnswer(file: string, normalizer: Normalizer): Answer {
  const read = (name: string): string => {
    try {
      return readFileSync(`${file}.${name}`, 'utf8');
    } catch {
      return '';
    }
  };
  const ended = read('status');
  return {
    stdout: withNewline(normalizer.normalize(read('out'))),
    stderr: withNewline(sortProgress(normalizer.normalize(read('err')))),
    // The shell was killed, or left, in the middle of this step or before it.
    status: ended === '' ? -1 : Number(ended),
  };
}

function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
