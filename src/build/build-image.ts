import { isAbort } from '../lib/errors.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import { familiarName, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { BuildParts } from './build-parts.ts';
import { forgetFailure, keepFailure } from './failed/keep-failure.ts';
import { CommandError } from './ops/exec/command-error.ts';
import { lineageOf } from './request/lineage.ts';
import { solvePlan } from './solve-plan.ts';
import type { BuildEvent, BuildRequest, BuiltImage } from './types.ts';

interface Options {
  readonly signal: AbortSignal;
  readonly onEvent?: (event: BuildEvent) => void;
}

/** One build: solved and recorded as an image. */
export async function buildImage(
  parts: BuildParts,
  request: BuildRequest,
  options: Options,
): Promise<{ imageId: Digest }> {
  const tags = request.tags.map((tag) => withDefaultTag(parseReference(tag)));
  using built = await solveImage(parts, request, options);
  const { id } = await parts.images.create(built.config, {
    tags,
    ...(built.parent && { parent: built.parent }),
  });
  const { buildId } = built;
  options.onEvent?.({ type: 'done', imageId: id, tags: tags.map(familiarName), buildId });
  return { imageId: id };
}

/** A build that is written down. */
export async function solveImage(
  parts: BuildParts,
  request: BuildRequest,
  options: Options,
): Promise<BuiltImage> {
  const { dockerfile } = request;
  const about = {
    lineage: lineageOf(request, parts.services.paths),
    dockerfile: 'path' in dockerfile ? dockerfile.path : (dockerfile.name ?? 'Dockerfile'),
    target: request.target ?? '',
  };
  const recorder = parts.history.begin(about, request.id);
  const onEvent = (event: BuildEvent): void => {
    recorder.onEvent(event);
    options.onEvent?.(event);
  };
  const image = await solvePlan(parts, request, { ...options, onEvent }).catch(async (error: unknown) => {
    recorder.end({ error });
    if (error instanceof CommandError)
      await tidy(parts, keepFailure(parts, request, recorder.record(), error));
    else if (!isAbort(error)) await tidy(parts, forgetFailure(parts, about.lineage));
    throw error;
  });
  using held = new DisposableStack();
  held.use(image);
  recorder.end({ imageId: digestOf(Buffer.from(JSON.stringify(image.config))) });
  await tidy(parts, forgetFailure(parts, about.lineage));
  held.move();
  return { ...image, buildId: recorder.record().id };
}

/** What is kept beside a build changes nothing about how it ended. */
async function tidy({ services }: BuildParts, work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) =>
    services.logger.warn('what a failed step left could not be kept or removed', { error }),
  );
}
