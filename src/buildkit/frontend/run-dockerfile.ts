import type { BuildEvent, BuildRequest, BuiltImage } from '../../build/types.ts';
import { EngineError } from '../../lib/errors.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { importCaches } from '../cache/transfer-caches.ts';
import type { BuildResult } from '../result.ts';
import { namedContexts } from './named-contexts.ts';
import { describeBuild, type FrontendAttributes, targetPlatforms } from './attributes.ts';
import { execLimits } from './exec-limits.ts';
import { buildPlatforms, type PlatformBuild } from './build-platforms.ts';
import { mainContext } from './main-context.ts';
import { resolveEpoch } from './resolve-epoch.ts';
import { shownAttributes } from './shown-url.ts';
import { answerSubrequest } from './subrequests.ts';
import { TemporaryImages } from './temporary-images.ts';
import type { FrontendRun } from './frontend-run.ts';
import { withSource } from './source-error.ts';

/** What came of a run of the frontend: images, or documents about the Dockerfile. */
export type FrontendAnswer =
  | { readonly result: BuildResult }
  | { readonly documents: Readonly<Record<string, Buffer>> };

/** Does what attributes of the Dockerfile frontend describe, with directories of the client. */
export async function runDockerfile(
  run: FrontendRun,
  attributes: FrontendAttributes,
): Promise<FrontendAnswer> {
  try {
    return await answer(run, attributes);
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === 'cancelled') throw error;
    throw withSource(error, { name: '', text: '', ignore: undefined });
  }
}

async function answer(whole: FrontendRun, attributes: FrontendAttributes): Promise<FrontendAnswer> {
  const { context, peer } = whole;
  // what a client without session asked for would be of no use to it
  const signal = AbortSignal.any([whole.signal, peer.gone]);
  const run = { ...whole, signal };
  using held = new DisposableStack();
  const main = await mainContext(run, attributes, held);
  const { dockerfile, ignore } = main;
  run.onDockerfile?.(dockerfile);
  const request: BuildRequest = {
    ...describeBuild(attributes),
    ...execLimits(attributes),
    entitlements: run.entitlements,
    contextDir: main.directory ?? '',
    dockerfile: { text: dockerfile.text, name: dockerfile.name, ignore },
    tags: [],
    lineage: run.lineage || `${peer.sharedKey}/${dockerfile.name}`,
    id: run.id,
    keepFailed: run.keepFailed ?? true,
    client: peer,
    policy: run.policy,
    credentials: peer.credentials,
  };
  const asked = attributes['requestid'];
  if (asked) {
    const [platform] = targetPlatforms(attributes).platforms;
    const of = { ...request, ...(platform && { platform: formatPlatform(platform) }) };
    return { documents: await answerSubrequest(context, asked, of, dockerfile) };
  }
  const described = unlessWrong(() => context.builder.describe(request));
  const epoch = described && (await resolveEpoch(run, described, attributes, main, held));
  const epochs = epoch === undefined ? {} : { SOURCE_DATE_EPOCH: epoch };
  await using temporary = new TemporaryImages(context.images);
  const contexts = await namedContexts(run, request, attributes, held, temporary);
  const given = {
    request: {
      ...request,
      buildArgs: { ...request.buildArgs, ...epochs },
      ...(main.open && { openContext: main.open }),
      caches: await importCaches(run, run.caches.inputs),
      ...(run.caches.inline && { inlineCache: true }),
    },
    contexts,
    dockerfile,
    attributes: {
      ...shownAttributes(attributes),
      ...(epoch !== undefined && { 'build-arg:SOURCE_DATE_EPOCH': epoch }),
    },
    ...(main.source && { source: main.source }),
    mounts: unlessWrong(() => described?.parameters().mounts) ?? [],
    signal,
  };
  return { result: await buildPlatforms(given, async (one) => temporary.detached(await build(run, one))) };
}

/** What the Dockerfile says of itself; the build tells what is wrong with it. */
function unlessWrong<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

async function build(
  { context, teller, onEvent: tell }: FrontendRun,
  { request, label, dockerfile, signal }: PlatformBuild,
): Promise<BuiltImage> {
  const failing = new FailingStep();
  teller.source = dockerfile;
  const told = teller.build(label);
  try {
    const onEvent = (event: BuildEvent): void => {
      failing.onEvent(event);
      told.onEvent(event);
      tell?.(event, label);
    };
    return await context.builder.solve(request, { signal, onEvent });
  } catch (error) {
    const digest = failing.index === undefined ? undefined : told.vertexOf(failing.index);
    throw withSource(error, dockerfile, { line: failing.line, digest });
  }
}

/** The line of the step that failed first. */
class FailingStep {
  line: number | undefined;
  index: number | undefined;
  private readonly lines = new Map<number, number>();

  onEvent(event: BuildEvent): void {
    if (event.type === 'plan') for (const { index, line } of event.steps) this.lines.set(index, line);
    else if (event.type === 'step-ended' && event.error !== undefined && event.error !== 'canceled')
      this.fail(event.index);
  }

  private fail(index: number): void {
    if (this.index !== undefined) return;
    this.index = index;
    this.line = this.lines.get(index);
  }
}
