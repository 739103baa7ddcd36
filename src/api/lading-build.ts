import { EngineError, isAbort, messageOf } from '../lib/errors.ts';
import { newBuildId } from '../build/history/build-history.ts';
import { CommandError } from '../build/ops/exec/command-error.ts';
import { DockerfileError } from '../build/parse/dockerfile-error.ts';
import type { Builder, BuildEvent, ReceivedContext } from '../build/types.ts';
import type { DirectBuild, DirectOptions, DirectResult } from '../buildkit/direct/direct-build.ts';
import { familiarName, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { BuildCall, BuildEventLine } from '../wire/build.ts';
import { readCall } from './lading-build-call.ts';
import { directBuild } from './lading-build-request.ts';
import { type Answer, type Call, stream } from './call.ts';
import { Channel } from './channel.ts';
import type { Engine } from './engine.ts';

/** POST /lading/build: a build for our own client, told as typed events, one a line. */
export async function build(call: Call, engine: Engine): Promise<Answer> {
  const { asked, rest } = await readCall(call);
  const builder = await engine.builder();
  using held = new DisposableStack();
  const received =
    asked.context.kind === 'archive' ? held.use(await receive(builder, asked, rest, call.signal)) : undefined;
  const request = { ...directBuild(asked, received), ref: newBuildId() };
  const owned = held.move();
  return stream(lines({ builder, engine, request, signal: call.signal }, owned), 'application/x-ndjson');
}

async function receive(
  builder: Builder,
  { lineage = '', dockerfile: { path }, attributes }: BuildCall,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<ReceivedContext> {
  try {
    return await builder.receiveContext(archive, {
      lineage,
      ...(path !== undefined && { dockerfile: path }),
      signal,
    });
  } catch (error) {
    const about = { lineage, dockerfile: path ?? 'Dockerfile', target: attributes?.['target'] ?? '' };
    builder.history.fail(about, newBuildId(), error);
    throw error;
  }
}

interface NativeBuild {
  readonly builder: Builder;
  readonly engine: Engine;
  readonly request: DirectBuild;
  readonly signal: AbortSignal;
}

/** A line on its way; what waits for `taken` goes on at the client's pace. */
interface Waiting {
  readonly line: BuildEventLine;
  readonly taken?: () => void;
}

type Dockerfile = Parameters<DirectOptions['onDockerfile']>[0];

/** The build runs while somebody reads; whoever leaves ends it. */
async function* lines(given: NativeBuild, held: DisposableStack): AsyncGenerator<string> {
  using _held = held;
  const { engine, request } = given;
  const left = new AbortController();
  const signal = AbortSignal.any([given.signal, left.signal]);
  const waiting = new Channel<Waiting>();
  const numbers = new StepNumbers();
  const warned = new Set<string>();
  let dockerfile: Dockerfile | undefined;
  waiting.push({ line: { type: 'begun', buildId: request.ref } });
  const buildKit = await engine.buildKit();
  const building = buildKit
    .buildDirectly(request, {
      signal,
      onDockerfile: (found) => void (dockerfile = found),
      onEvent: (event, platform) => {
        const line = toLine(event, numbers, platform);
        // builds for several platforms find the same
        if (line.type !== 'warning' || isNew(warned, toText(line))) waiting.push({ line });
      },
      send: (destination, chunk) =>
        delivery(signal, (taken) => {
          const data = chunk && Buffer.from(chunk).toString('base64');
          waiting.push({
            line: { type: 'data', ...destination, ...(data !== undefined && { data }) },
            taken,
          });
        }),
    })
    .finally(() => waiting.end());
  building.catch(() => {}); // told below
  try {
    for await (const { line, taken } of waiting) {
      yield toText(line);
      taken?.();
    }
    yield toText(toDone(request.ref, await building));
  } catch (error) {
    if (!isAbort(error)) yield toText(failure(given, error, dockerfile));
  } finally {
    left.abort(new EngineError('cancelled', 'the client hung up'));
    await building.catch(() => {});
  }
}

function isNew(known: Set<string>, text: string): boolean {
  const { size } = known;
  return known.add(text).size > size;
}

const toText = (line: BuildEventLine): string => `${JSON.stringify(line)}\n`;

/** Settles when the client has taken what is handed out, rejects when nobody takes it any more. */
function delivery(signal: AbortSignal, handOut: (taken: () => void) => void): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', gone, { once: true });
    handOut(() => {
      signal.removeEventListener('abort', gone);
      resolve();
    });
  });
}

type Told = Parameters<DirectOptions['onEvent']>[0];

function toLine(event: Told, numbers: StepNumbers, platform: string | undefined): BuildEventLine {
  const numberOf = (index: number): number => numbers.of(index, platform);
  if (event.type === 'plan')
    return {
      type: 'plan',
      ...(platform !== undefined && { platform }),
      steps: event.steps.map((step) => ({ ...step, index: numberOf(step.index) })),
    };
  if (event.type === 'warning' && 'line' in event) {
    const { step: _step, ...warning } = event;
    return warning;
  }
  if (!('index' in event))
    return event as Exclude<Told, BuildEvent & ({ index: number } | { type: 'plan' | 'done' })>;
  const index = numberOf(event.index);
  return event.type === 'step-output'
    ? { ...event, index, data: event.data.toString('base64') }
    : { ...event, index };
}

/** Gives steps of several platforms numbers of their own. */
class StepNumbers {
  private readonly platforms: (string | undefined)[] = [];

  of(index: number, platform: string | undefined): number {
    if (!this.platforms.includes(platform)) this.platforms.push(platform);
    return index + this.platforms.indexOf(platform) * MOST_STEPS;
  }
}

/** More than any Dockerfile has. */
const MOST_STEPS = 100_000;

function toDone(buildId: string, { response, provenance, documents }: DirectResult): BuildEventLine {
  if (documents)
    return {
      type: 'answered',
      documents: Object.fromEntries(
        Object.entries(documents).map(([name, content]) => [name, content.toString()]),
      ),
    };
  const names = (response['image.name'] ?? '').split(',').filter(Boolean);
  const imageId = response['containerimage.config.digest'] ?? response['containerimage.digest'];
  return {
    type: 'done',
    buildId,
    tags: names.map((name) => familiarName(withDefaultTag(parseReference(name)))),
    ...(imageId !== undefined && { imageId }),
    response,
    provenance,
  };
}

function failure(
  { builder, request: { ref } }: NativeBuild,
  error: unknown,
  dockerfile: Dockerfile | undefined,
): BuildEventLine {
  const cause = error instanceof Error && error.cause instanceof EngineError ? error.cause : error;
  const place = cause instanceof DockerfileError ? { file: cause.file, ...cause.position } : undefined;
  const left = cause instanceof CommandError ? cause.left?.step : undefined;
  return {
    type: 'failed',
    buildId: ref,
    message: messageOf(error),
    kept: builder.failures.has(ref),
    ...(cause instanceof CommandError && { exitCode: cause.exitCode }),
    ...(place ?? (left && { file: left.file, ...left.position })),
    ...(dockerfile && { source: dockerfile.text }),
  };
}
