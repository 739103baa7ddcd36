import { conflict, EngineError, notFound } from '../lib/errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { familiarName, type Reference } from '../oci/reference.ts';
import type { Repository } from '../registry/client/types.ts';
import { bestPlatform } from './choose-platform.ts';
import type { ImageContext } from './context.ts';
import { imagesOf, variantOf } from './find.ts';
import type { IndexRecord } from './index-records.ts';
import type { Image } from './types.ts';

/** What a push of a name sends: one image by a manifest (or by one to be made), or an index whole. */
export type PushPlan =
  | { readonly image: Image; readonly manifest: Descriptor | undefined; readonly insteadOf?: Descriptor }
  | { readonly index: IndexRecord };

interface Asked {
  readonly reference: Reference;
  readonly platform: Platform | undefined;
  readonly repository: Repository;
  readonly signal: AbortSignal | undefined;
}

/**
 * As Docker's store of several platforms has it: the platform that is asked for; else the whole index where every manifest of it is here or in
 * the repository; else the one image that is here, or of several the one for this host.
 */
export async function choosePush(
  { store, content }: ImageContext,
  image: Image,
  { reference, platform, repository, signal }: Asked,
): Promise<PushPlan> {
  const name = familiarName(reference);
  const index = store.indexNamed(reference);
  const single = (each: Image): PushPlan => ({
    image: each,
    manifest: index?.variants.get(each.id) ?? each.manifest,
  });
  if (platform) {
    const found = variantOf(store, name, image, platform);
    if (found) return single(found);
    throw notFound(
      `image with reference ${name} was found but does not provide the specified platform (${formatPlatform(platform)})`,
    );
  }
  if (!index) return single(image);
  const here = new Set<Digest>(index.variants.values().map(({ digest }) => digest));
  const missing = index.entries.filter(
    ({ digest }) => !here.has(digest) && !(index.attached.has(digest) && content.stat(digest)),
  );
  if (await allThere(repository, missing, signal)) return { index };
  const images = imagesOf(store, index);
  const best = images.length === 1 ? images[0] : bestPlatform(images, ({ config }) => config);
  if (best) return { ...single(best), insteadOf: index.descriptor };
  throw conflict('multiple matching manifests found but no specific platform requested');
}

async function allThere(
  repository: Repository,
  manifests: readonly Descriptor[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const { digest } of manifests) {
    try {
      await repository.resolve(digest, signal ? { signal } : {});
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'not-found') return false;
      throw error;
    }
  }
  return true;
}
