import { writeFileSync } from 'node:fs';
import { EngineError } from '../../lib/errors.ts';
import { familiarRepository, parseReference, withDefaultTag } from '../../oci/reference.ts';
import type { BuildCall, BuildEventLine } from '../../wire/build.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { showProgress } from '../progress.ts';
import { authFor } from '../registry-auth.ts';
import { buildCall, isLocal, tagsOf } from './build-call.ts';
import type { BuildFlags } from './build-flags.ts';
import { directoryCall } from './client-flags.ts';
import { openSink, type Output, parseOutput } from './output.ts';
import type { BuildPlace } from './open-place.ts';
import { chooseProgress } from './progress/choose-progress.ts';
import type { BuildProgress, Failed } from './progress/types.ts';

type Checked = Extract<BuildEventLine, { type: 'checked' }>;
type Done = Extract<BuildEventLine, { type: 'done' }>;

/**
 * Builds by our own engine: it reads a directory of this machine itself, and tells what it does as data. Returns the exit status; or that
 * the engine is not ours, before anything was taken from `place`.
 */
export async function buildNatively(
  context: Context,
  flags: BuildFlags,
  place: BuildPlace,
): Promise<number | 'not ours'> {
  const output = outputOf(flags);
  for (const tag of tagsOf(flags, output)) parseReference(tag);
  using held = new DisposableStack();
  const call = await buildCall(context, flags, output, held);
  const outcome = await interruptible(context.signal, async (signal) => {
    const events = await begin(context, call, place, signal);
    return events && show(context, flags, output, events);
  });
  if (!outcome) return 'not ours';
  if (outcome.type === 'checked') {
    const { showCheck } = await import('./check.ts');
    return showCheck(context, outcome);
  }
  if (outcome.type === 'failed') {
    if (flags.debug && outcome.kept && context.in.isTTY && context.out.isTTY) {
      const { runFailed } = await import('./failed-shell.ts');
      await runFailed(context, outcome.buildId, []);
    }
    return 1;
  }
  report(context, flags, outcome);
  if (output.kind === 'image' && (output.push || flags.push)) await push(context, outcome.tags);
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

function outputOf(flags: BuildFlags): Output {
  const outputs = flags.output.map(parseOutput);
  if (outputs.length > 1)
    throw new ExitError(1, 'lade build makes one output at a time: use docker buildx build');
  return outputs[0] ?? { kind: 'image', push: false };
}

/** Hands over the directory where the engine sees the same one, else an archive of it; undefined when the engine is not ours. */
async function begin(
  context: Context,
  call: Omit<BuildCall, 'context' | 'dockerfile'>,
  place: BuildPlace,
  signal: AbortSignal,
): Promise<AsyncIterable<BuildEventLine> | undefined> {
  const { builds, system } = context.client;
  if (place.directory !== undefined && isLocal(context))
    try {
      const { dockerfile, directory } = place;
      return await builds.run({ ...call, dockerfile, context: directoryCall(directory) }, { signal });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (error.kind === 'not-implemented') return undefined;
      if (error.kind !== 'conflict') throw error;
    }
  else if ((await system.version()).Platform?.Name !== 'lading') return undefined;
  const { dockerfile: path, tar: archive } = place.pack();
  const lineage = call.tags?.[0] ?? place.directory;
  return builds.run(
    {
      ...call,
      dockerfile: { path },
      context: { kind: 'archive' },
      ...(lineage !== undefined && { lineage }),
    },
    { archive, signal },
  );
}

async function show(
  context: Context,
  flags: BuildFlags,
  output: Output,
  events: AsyncIterable<BuildEventLine>,
): Promise<Done | Failed | Checked> {
  using sink = openSink(context, output);
  using progress = openProgress(context, flags);
  for await (const event of events) {
    if (event.type === 'archive') {
      await sink?.write(Buffer.from(event.data, 'base64'));
      continue;
    }
    if (event.type === 'done') sink?.end();
    progress.take(event);
    if (event.type === 'done' || event.type === 'failed' || event.type === 'checked') return event;
  }
  throw new ExitError(1, 'the engine ended the build before its result');
}

function openProgress(context: Context, flags: BuildFlags): BuildProgress {
  const kind = flags.quiet ? 'quiet' : (flags.progress ?? context.env['BUILDKIT_PROGRESS'] ?? 'auto');
  return chooseProgress(kind, context.err, context.env);
}

/** Writes down what came of the build where the flags ask for it. */
function report(context: Context, flags: BuildFlags, { imageId, tags, buildId }: Done): void {
  if (flags.iidfile !== undefined && imageId !== undefined) writeFileSync(flags.iidfile, imageId);
  if (flags['metadata-file'] !== undefined) {
    const metadata = {
      'buildx.build.ref': buildId,
      ...(imageId !== undefined && {
        'containerimage.config.digest': imageId,
        'containerimage.digest': imageId,
      }),
      ...(tags.length > 0 && { 'image.name': tags.join(',') }),
    };
    writeFileSync(flags['metadata-file'], `${JSON.stringify(metadata, null, 2)}\n`);
  }
  const isQuiet = flags.quiet || flags.progress === 'quiet';
  if (isQuiet && imageId !== undefined) context.out.write(`${imageId}\n`);
}

async function push(context: Context, tags: readonly string[]): Promise<void> {
  if (tags.length === 0) throw new ExitError(1, 'tag is needed when pushing to registry');
  for (const tag of tags) {
    const auth = await authFor(context, tag);
    const reference = withDefaultTag(parseReference(tag));
    const lines = await context.client.images.push(familiarRepository(reference), {
      ...(reference.tag !== undefined && { tag: reference.tag }),
      ...(auth && { auth }),
      signal: context.signal,
    });
    await showProgress(lines, context.err);
  }
}
