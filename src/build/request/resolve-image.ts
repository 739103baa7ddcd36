import type { Image, Images, TransferProgress } from '../../image/types.ts';
import { shortId } from '../../lib/id.ts';
import type { Digest } from '../../oci/digest.ts';
import { parseReference, type Reference, repositoryOf, withDefaultTag } from '../../oci/reference.ts';
import { EngineError, messageOf, notFound, prefixed } from '../../lib/errors.ts';
import { formatPlatform, type Platform, platformMatches } from '../../oci/platform.ts';
import { imageByPolicy } from '../policy/apply-policy.ts';
import { digestIn } from '../result/base-list.ts';
import { atStep } from '../ops/at-step.ts';
import type { ResolveImage, Step } from '../plan/types.ts';
import type { BuildRequest } from '../types.ts';

interface ResolveOptions {
  readonly images: Images;
  readonly request: Pick<BuildRequest, 'pull' | 'credentials' | 'policy'>;
  readonly signal: AbortSignal;
  readonly onPull: (step: Step, why: string) => void;
  readonly onProgress: (step: Step, progress: TransferProgress) => void;
  readonly onImage: (image: Image, name: string) => void;
  /** Told twice of each image: when it is looked for, and with an outcome when it was found or not. */
  readonly onLookup: (name: string, outcome?: { readonly digest?: Digest; readonly error?: string }) => void;
}

/** Finds base images in the store, and pulls what is missing, what is of another platform, or everything with `--pull`. */
export function imageResolver(options: ResolveOptions): ResolveImage {
  return async ({ name: asked, platform, step, isBase }) => {
    options.onLookup(asked);
    try {
      const name = allowed(options, asked);
      const onPull = (why: string): void => (isBase ? options.onPull(step, why) : undefined); // the step itself begins later
      const image = await resolve(options, { name, platform, step, onPull });
      options.onImage(image, name);
      const digest = digestIn(image, name);
      options.onLookup(asked, { ...(digest && { digest }) });
      return image;
    } catch (error) {
      options.onLookup(asked, { error: messageOf(error) });
      throw atStep(error, step);
    }
  };
}

/** The name of what the client's policy has in the place of an image. */
function allowed({ request: { policy } }: ResolveOptions, name: string): string {
  try {
    return imageByPolicy(policy, name);
  } catch (error) {
    throw withName(error, name, withDefaultTag(parseReference(name)));
  }
}

interface Lookup extends Pick<Parameters<ResolveImage>[0], 'name' | 'platform' | 'step'> {
  readonly onPull: (why: string) => void;
}

async function resolve(
  { images, request, signal, onProgress }: ResolveOptions,
  { name, platform, step, onPull }: Lookup,
): Promise<Image> {
  const local = findLocal(images, name, platform);
  const fits = local && (!platform || platformMatches(local.config, platform));
  if (local && fits && !(request.pull && local.id !== name)) return local;
  if (local?.id === name) throw notFound(`${shortId(name)}: no match for platform in manifest: not found`);
  const reference = parseBase(name);
  onPull(local ? (fits ? '--pull' : 'of another platform in the store') : 'not in the store');
  const auth = await request.credentials(reference.domain, signal);
  const pulled = images.pull(reference, {
    signal,
    ...(auth && { auth }),
    ...(platform && { platform }),
    onProgress: (progress) => onProgress(step, progress),
  });
  const { image } = await pulled.catch((error: unknown) => {
    throw withName(error, name, reference);
  });
  if (platform && !platformMatches(image.config, platform))
    throw notFound(
      `image with reference ${name} was found but does not provide the specified platform (${formatPlatform(platform)})`,
    );
  return image;
}

function parseBase(name: string): Reference {
  try {
    return withDefaultTag(parseReference(name));
  } catch (error) {
    throw prefixed(`failed to parse stage name ${JSON.stringify(name)}`, error);
  }
}

/** The image of the platform that is asked for where the store has it, else whatever has that name. */
export function findLocal(images: Images, name: string, platform: Platform | undefined): Image | undefined {
  const found = images.find(name);
  const group = found ? [found, ...images.variantsOf(found)] : [];
  return (platform && group.find(({ config }) => platformMatches(config, platform))) ?? found;
}

/** Says which image it was; a registry that can't be reached does not know. */
function withName(error: unknown, name: string, reference: Reference): unknown {
  if (!(error instanceof EngineError) || error.kind === 'cancelled') return error;
  const full = `${repositoryOf(reference)}${reference.tag === undefined ? '' : `:${reference.tag}`}`;
  return new EngineError(
    error.kind,
    `${name}: failed to resolve source metadata for ${full}: ${error.message}`,
    { cause: error },
  );
}
