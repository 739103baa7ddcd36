import type { Image, ImageManifest } from '../image/types.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ImageIdentity, ImageManifestSummary, OciDescriptor, OciPlatform } from '../wire/image.ts';
import type { Engine } from './engine.ts';

/** The manifests behind a name, in the order of their index. */
export async function manifestsView(
  nameOrId: string,
  engine: Engine,
  options: { identity?: boolean } = {},
): Promise<ImageManifestSummary[]> {
  const manifests = await engine.images.manifests(nameOrId);
  return manifests.map((manifest) => manifestView(manifest, engine, options));
}

/** Where an image is known to come from: the repositories that it was pulled from or pushed to. */
export function identityView(image: Image, engine: Engine): { Identity?: ImageIdentity } {
  const origins = engine.images.origins(image);
  return origins.length > 0 ? { Identity: { Pull: origins.map((Repository) => ({ Repository })) } } : {};
}

function manifestView(
  manifest: ImageManifest,
  engine: Engine,
  { identity = false }: { identity?: boolean },
): ImageManifestSummary {
  const { descriptor, kind, available, contentSize, image, subject } = manifest;
  const unpacked = image?.size ?? 0;
  return {
    ID: descriptor.digest,
    Descriptor: descriptorView(descriptor),
    Available: available,
    Size: { Content: contentSize, Total: contentSize + unpacked },
    Kind: kind,
    ...(kind === 'image' && {
      ImageData: {
        Platform: descriptor.platform ?? { os: '', architecture: '' },
        Containers: image ? containersOf(image, engine) : [],
        Size: { Unpacked: unpacked },
        UnpackedSize: unpacked, // asked for by the reference, beside the member that clients read
        ...(identity && image && identityView(image, engine)),
      },
    }),
    ...(subject !== undefined && { AttestationData: { For: subject } }),
  };
}

/** The members that clients know, of a descriptor that a stranger wrote. */
export function descriptorView(descriptor: Descriptor): OciDescriptor {
  const { mediaType, digest, size, urls, annotations, platform, artifactType } = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(Array.isArray(urls) && { urls: urls.map(String) }),
    ...(isMap(annotations) && { annotations: textsOf(annotations) }),
    ...(isMap(platform) && { platform: platformView(platform) }),
    ...(typeof artifactType === 'string' && { artifactType }),
  };
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textsOf = (map: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, String(value)]));

/** The same of a platform. */
export function platformView(given: object): OciPlatform {
  const platform = given as Readonly<Record<string, unknown>>;
  const features = platform['os.features'];
  const text = (name: string): Record<string, string> =>
    typeof platform[name] === 'string' ? { [name]: platform[name] } : {};
  return {
    architecture: '',
    os: '',
    ...text('architecture'),
    ...text('os'),
    ...text('os.version'),
    ...(Array.isArray(features) && { 'os.features': features.map(String) }),
    ...text('variant'),
  };
}

function containersOf({ id }: Image, engine: Engine): string[] {
  return engine.containers
    .list()
    .flatMap((container) => (container.spec.imageId === id ? [container.id] : []));
}
