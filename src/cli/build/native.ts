import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BuildPlace } from '../../client/build/place.ts';
import { type BuildOutcome, runBuild } from '../../client/build/run-build.ts';
import type { BuildEventLine } from '../../wire/build.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { showAnswer } from './answers.ts';
import type { BuildFlags } from './build-flags.ts';
import { buildSpec, questionOf } from './build-spec.ts';
import { answersOf, metadataOf } from './metadata.ts';
import { chooseProgress } from './progress/choose-progress.ts';
import type { BuildProgress } from './progress/types.ts';

type Done = Extract<BuildOutcome, { type: 'done' }>;
type Warning = Extract<BuildEventLine, { type: 'warning' }>;

/**
 * Builds by our own engine: it reads a directory of this machine itself, and tells what it does as data. Returns the exit status; or that
 * the engine is not ours, before anything was taken from `place`.
 */
export async function buildNatively(
  context: Context,
  flags: BuildFlags,
  place: BuildPlace,
): Promise<number | 'not ours'> {
  const spec = await buildSpec(context, flags);
  const warnings: Warning[] = [];
  const outcome = await interruptible(context.signal, async (signal) => {
    using progress = openProgress(context, flags);
    return runBuild(context.client, spec, place, {
      cwd: context.cwd,
      env: context.env,
      signal,
      onEvent(event) {
        if (event.type === 'warning') warnings.push(event);
        progress.take(event);
      },
      onWarning: (text) => void context.err.write(`${text}\n`),
      writeOut: (chunk) => writeOut(context, chunk),
    });
  });
  if (outcome === 'not ours') return outcome;
  const question = questionOf(flags);
  if (outcome.type === 'answered') {
    writeMetadata(context, flags, answersOf(outcome));
    return question ? showAnswer(context, question, outcome) : 0;
  }
  if (outcome.type === 'failed') {
    if (flags.debug && outcome.kept && context.in.isTTY && context.out.isTTY) {
      const { runFailed } = await import('./failed-shell.ts');
      await runFailed(context, outcome.buildId, []);
    }
    return 1;
  }
  report(context, flags, outcome, warnings);
  return 0;
}

/** Ctrl-C ends the build in order: the engine is told, and the terminal is left as it was. */
async function interruptible<T>(outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.once(name, interrupt);
  try {
    return await work(AbortSignal.any([outer, stop.signal]));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    throw new ExitError(130, 'ERROR: failed to build: failed to solve: Canceled: context canceled');
  } finally {
    for (const name of names) process.off(name, interrupt);
  }
}

function openProgress(context: Context, flags: BuildFlags): BuildProgress {
  const kind = flags.quiet ? 'quiet' : (flags.progress ?? context.env['BUILDKIT_PROGRESS'] ?? 'auto');
  return chooseProgress(kind, context.err, context.env);
}

/** Writes down what came of the build where the flags ask for it. */
function report(context: Context, flags: BuildFlags, done: Done, warnings: readonly Warning[]): void {
  const { imageId } = done;
  if (flags.iidfile !== undefined && imageId !== undefined) writeFileSync(flags.iidfile, imageId);
  writeMetadata(context, flags, metadataOf(done, warnings, context.env));
  const isQuiet = flags.quiet || flags.progress === 'quiet';
  if (isQuiet && imageId !== undefined) context.out.write(`${imageId}\n`);
}

function writeMetadata({ cwd }: Context, { 'metadata-file': file }: BuildFlags, text: string): void {
  if (file !== undefined) writeFileSync(resolve(cwd, file), text);
}

/** Settles when it is out: the engine waits for a pipe that is read slowly. */
function writeOut({ out }: Context, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => out.write(chunk, (error) => (error ? reject(error) : resolve())));
}
