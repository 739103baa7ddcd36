import { EngineError, isAbort, messageOf } from '../lib/errors.ts';
import { ruleUrl } from '../build/check/rules.ts';
import { newBuildId } from '../build/history/build-history.ts';
import { CommandError } from '../build/ops/exec/command-error.ts';
import { DockerfileError } from '../build/parse/dockerfile-error.ts';
import { findDockerfile } from '../build/request/read-context.ts';
import type { Builder, BuildEvent, BuildRequest, BuiltImage } from '../build/types.ts';
import { packTree } from '../lib/tar/pack-tree.ts';
import { familiarName, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { BuildCall, BuildEventLine } from '../wire/build.ts';
import { readCall } from './lading-build-call.ts';
import { nativeRequest } from './lading-build-request.ts';
import { type Answer, type Call, json, stream } from './call.ts';
import { Channel } from './channel.ts';
import type { Engine } from './engine.ts';

/** POST /lading/build: a build for our own client, told as typed events, one a line. */
export async function build(call: Call, engine: Engine): Promise<Answer> {
  const { asked, rest } = await readCall(call);
  const builder = await engine.builder();
  using held = new DisposableStack();
  const received =
    asked.context.kind === 'archive'
      ? held.use(
          await builder.receiveContext(rest, {
            lineage: asked.lineage ?? asked.tags?.[0] ?? '',
            ...(asked.dockerfile.path !== undefined && { dockerfile: asked.dockerfile.path }),
            signal: call.signal,
          }),
        )
      : undefined;
  const id = newBuildId();
  const request = { ...nativeRequest(asked, received), id };
  if (asked.output === 'check') return json(await check(builder, request));
  const owned = held.move();
  return stream(
    lines({ builder, engine, asked, request, id, signal: call.signal }, owned),
    'application/x-ndjson',
  );
}

interface NativeBuild {
  readonly builder: Builder;
  readonly engine: Engine;
  readonly asked: BuildCall;
  readonly request: BuildRequest;
  readonly id: string;
  readonly signal: AbortSignal;
}

/** The build runs while somebody reads; whoever leaves ends it. */
async function* lines(given: NativeBuild, held: DisposableStack): AsyncGenerator<string> {
  using _held = held;
  const { builder, request, id, asked } = given;
  const left = new AbortController();
  const signal = AbortSignal.any([given.signal, left.signal]);
  const events = new Channel<BuildEventLine>();
  events.push({ type: 'begun', buildId: id });
  const solving = builder
    .solve(request, { signal, onEvent: (event) => events.push(toLine(event)) })
    .finally(() => events.end());
  solving.catch(() => {}); // told below
  try {
    for await (const event of events) yield toText(event);
    using image = await solving;
    if (asked.output === 'tar') yield* archive(builder, image);
    yield toText(await finish(given, image));
  } catch (error) {
    if (!isAbort(error)) yield toText(failure(given, error));
  } finally {
    left.abort(new EngineError('cancelled', 'the client hung up'));
    await solving.then(
      (image) => image[Symbol.dispose](),
      () => {},
    );
  }
}

const toText = (event: BuildEventLine): string => `${JSON.stringify(event)}\n`;

function toLine(event: BuildEvent): BuildEventLine {
  return event.type === 'step-output' ? { ...event, data: event.data.toString('base64') } : event;
}

async function* archive(builder: Builder, image: BuiltImage): AsyncGenerator<string> {
  await using rootfs = builder.openRootfs(image);
  for (const chunk of packTree(rootfs.root, { live: false }))
    yield toText({ type: 'archive', data: Buffer.from(chunk).toString('base64') });
}

/** Records the image, unless only the cache or the files were asked for. */
async function finish(
  { engine, asked, id }: NativeBuild,
  { config, parent }: BuiltImage,
): Promise<BuildEventLine> {
  const { output = 'image' } = asked;
  const tags = (asked.tags ?? []).map((tag) => withDefaultTag(parseReference(tag)));
  if (output === 'cacheonly' || (output === 'tar' && tags.length === 0))
    return { type: 'done', buildId: id, tags: [] };
  const image = await engine.images.create(config, { tags, ...(parent && { parent }) });
  return { type: 'done', buildId: id, imageId: image.id, tags: tags.map(familiarName) };
}

function failure({ builder, request, id }: NativeBuild, error: unknown): BuildEventLine {
  const place = error instanceof DockerfileError ? { file: error.file, ...error.position } : undefined;
  const left = error instanceof CommandError ? error.left?.step : undefined;
  const source = sourceOf(request);
  return {
    type: 'failed',
    buildId: id,
    message: messageOf(error),
    kept: builder.failures.has(id),
    ...(error instanceof CommandError && { exitCode: error.exitCode }),
    ...(place ?? (left && { file: left.file, ...left.position })),
    ...(source !== undefined && { source }),
  };
}

/** What the checks find; nothing is built. */
async function check(builder: Builder, request: BuildRequest): Promise<BuildEventLine> {
  const { warnings, error } = await builder.check(request, {});
  const { dockerfile } = request;
  return {
    type: 'checked',
    file: 'path' in dockerfile ? dockerfile.path : (dockerfile.name ?? 'Dockerfile'),
    source: sourceOf(request) ?? '',
    warnings: warnings.flatMap(({ rule, message, line, endLine }) =>
      rule === undefined
        ? []
        : [{ rule, url: ruleUrl(rule), message, line, ...(endLine !== undefined && { endLine }) }],
    ),
    ...(error && {
      error: { message: error.message.replace(/^[^:]*:\d+:\d+: /, ''), line: error.position.line },
    }),
  };
}

/** The text of the Dockerfile, where it can be read. */
function sourceOf({ dockerfile, contextDir }: BuildRequest): string | undefined {
  if ('text' in dockerfile) return dockerfile.text;
  try {
    return findDockerfile(contextDir, dockerfile.path).text;
  } catch {
    return undefined; // which the failure itself tells
  }
}
