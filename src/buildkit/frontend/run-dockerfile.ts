import type { DescribedMount } from '../../build/check/types.ts';
import type { BuildEvent, BuildRequest, BuiltImage } from '../../build/types.ts';
import { EngineError } from '../../lib/errors.ts';
import type { CacheRequest } from '../cache/cache-options.ts';
import { importCaches } from '../cache/transfer-caches.ts';
import type { BuildKitContext } from '../context.ts';
import { buildClient } from '../session/build-client.ts';
import { askCredentials } from '../session/credentials.ts';
import type { Session } from '../session/session.ts';
import type { BuildTeller } from '../status/tell-build.ts';
import type { Definition } from '../message-types.ts';
import type { BuildResult, ResultPart } from '../result.ts';
import { namedContexts } from './named-contexts.ts';
import { describeBuild, type FrontendAttributes } from './attributes.ts';
import { execLimits } from './exec-limits.ts';
import { buildPlatforms, type PlatformBuild } from './build-platforms.ts';
import { mainContext } from './main-context.ts';
import { shownAttributes } from './shown-url.ts';
import { answerSubrequest } from './subrequests.ts';
import { withSource } from './source-error.ts';

export interface FrontendRun {
  readonly context: BuildKitContext;
  readonly session: Session;
  readonly teller: BuildTeller;
  readonly signal: AbortSignal;
  /** Under which the build is on record. */
  readonly id: string;
  /** The first name that the result gets; '' = none. */
  readonly lineage: string;
  readonly caches: CacheRequest;
  /** What the client allows steps to do. */
  readonly entitlements: readonly string[];
  /** Graphs that the client gave names to. */
  readonly inputs: Readonly<Record<string, Definition>>;
  /** The result of a build by its name. */
  readonly results: (name: string) => ResultPart;
}

/** What came of a run of the frontend: images, or documents about the Dockerfile. */
export type FrontendAnswer =
  | { readonly result: BuildResult }
  | { readonly documents: Readonly<Record<string, Buffer>> };

/** Does what attributes of the Dockerfile frontend describe, with directories of the client. */
export async function runDockerfile(
  whole: FrontendRun,
  attributes: FrontendAttributes,
): Promise<FrontendAnswer> {
  const { context, session } = whole;
  // what a client without session asked for would be of no use to it
  const signal = AbortSignal.any([whole.signal, session.gone]);
  const run = { ...whole, signal };
  using held = new DisposableStack();
  const main = await mainContext(run, attributes, held);
  const { dockerfile, ignore } = main;
  const request: BuildRequest = {
    ...describeBuild(attributes),
    ...execLimits(attributes),
    entitlements: run.entitlements,
    contextDir: '',
    dockerfile: { text: dockerfile.text, name: dockerfile.name, ignore },
    tags: [],
    lineage: run.lineage || `${session.sharedKey}/${dockerfile.name}`,
    id: run.id,
    client: buildClient(session),
    credentials: (domain, asking) => askCredentials(session, domain, asking),
  };
  const asked = attributes['requestid'];
  if (asked) return { documents: await answerSubrequest(context, asked, request, dockerfile) };
  const contexts = await namedContexts(run, attributes, held);
  const given = {
    request: {
      ...request,
      openContext: main.open,
      caches: await importCaches(run, run.caches.inputs),
      ...(run.caches.inline && { inlineCache: true }),
    },
    contexts,
    dockerfile,
    attributes: shownAttributes(attributes),
    ...(main.source && { source: main.source }),
    mounts: mountsOf(context, request),
    signal,
  };
  return { result: await buildPlatforms(given, (one) => build(run, one)) };
}

/** What the Dockerfile mounts; the build tells what is wrong with it. */
function mountsOf({ builder }: BuildKitContext, request: BuildRequest): readonly DescribedMount[] {
  try {
    return builder.describe(request).mounts;
  } catch (error) {
    if (error instanceof EngineError) return [];
    throw error;
  }
}

async function build(
  { context, teller }: FrontendRun,
  { request, label, dockerfile, signal }: PlatformBuild,
): Promise<BuiltImage> {
  const failing = new FailingStep();
  teller.source = dockerfile;
  const told = teller.build(label);
  try {
    const onEvent = (event: BuildEvent): void => {
      failing.onEvent(event);
      told.onEvent(event);
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
