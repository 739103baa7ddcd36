import { invalid } from '../../lib/errors.ts';
import { type Descriptor, isIndexType, mediaTypes } from '../../oci/descriptor.ts';
import { digestOf } from '../../oci/digest.ts';
import type { Index, Manifest } from '../../oci/manifest.ts';
import { parseReference, type Reference, withDefaultTag } from '../../oci/reference.ts';
import { RegistryError } from '../../registry/client/answer.ts';
import { openRegistry } from '../../registry/client/registry.ts';
import type { RegistryAuth, Repository } from '../../registry/client/types.ts';
import { COMPOSE_VERSION } from '../plan/labels.ts';
import type { ArtifactFile } from './artifact-files.ts';
import { artifactAnnotations, artifactTypes } from './media-types.ts';

interface PushOptions {
  /** `1.0` or `1.1`; absent: the newer one, and the older where a registry does not know it. */
  readonly ociVersion?: string | undefined;
  /** Images that are copied to the repository as well, so that it holds the whole application. */
  readonly images: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly authFor: (reference: Reference) => Promise<RegistryAuth | undefined>;
  readonly signal?: AbortSignal;
}

/** Puts a project in a registry under a name. */
export async function pushArtifact(
  name: string,
  files: readonly ArtifactFile[],
  options: PushOptions,
): Promise<void> {
  const { ociVersion } = options;
  if (ociVersion !== undefined && ociVersion !== '1.0' && ociVersion !== '1.1')
    throw invalid(`unsupported OCI version: ${ociVersion}`);
  const registry = openRegistry({ proxyEnv: options.env, caDir: '/etc/docker/certs.d' });
  try {
    const reference = withDefaultTag(parseReference(name));
    const open = async (of: Reference, actions: 'pull' | 'push'): Promise<Repository> => {
      const auth = await options.authFor(of);
      return registry.repository(of, { actions, ...(auth && { auth }) });
    };
    const target = await open(reference, 'push');
    const layers = files.map(layerOf);
    for (const { digest, data } of [emptyConfig('1.1'), ...layers])
      await upload(target, digest, data, options);
    const put = (version: '1.0' | '1.1'): Promise<Stored> =>
      putManifest(target, reference.tag ?? 'latest', manifestOf(layers, version), options);
    const manifest = await put(ociVersion ?? '1.1').catch((error: unknown) => {
      if (ociVersion !== undefined || !isRefusal(error)) throw error;
      return put('1.0');
    });
    if (options.images.length === 0) return;
    const copies = [];
    for (const image of options.images) {
      const from = withDefaultTag(parseReference(image));
      copies.push(await copy(await open(from, 'pull'), target, from.digest ?? from.tag ?? '', options));
    }
    const { data: _data, ...subject } = manifest;
    const index = indexOf(copies, subject);
    await putManifest(target, digestOf(index.content), index, options);
  } finally {
    registry.close();
  }
}

type Signalled = Pick<PushOptions, 'signal'>;

/** A descriptor with what it describes in it. */
type Stored = Descriptor & { readonly data: string };

const stored = (mediaType: string, content: Buffer, more: Partial<Descriptor> = {}): Stored => ({
  mediaType,
  digest: digestOf(content),
  size: content.length,
  ...more,
  data: content.toString('base64'),
});

const layerOf = ({ kind, name, content, extended }: ArtifactFile): Stored =>
  stored(kind === 'compose' ? artifactTypes.file : artifactTypes.envFile, content, {
    annotations: {
      ...(extended && { [artifactAnnotations.extends]: 'true' }),
      [kind === 'compose' ? artifactAnnotations.file : artifactAnnotations.envFile]: name,
      [artifactAnnotations.version]: COMPOSE_VERSION,
    },
  });

const emptyConfig = (version: '1.0' | '1.1'): Stored =>
  stored(version === '1.1' ? artifactTypes.empty : artifactTypes.emptyConfig, Buffer.from('{}'));

interface Content {
  readonly mediaType: string;
  readonly content: Buffer;
}

function manifestOf(layers: readonly Stored[], version: '1.0' | '1.1'): Content {
  const manifest: Manifest & { readonly artifactType?: string } = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    ...(version === '1.1' && { artifactType: artifactTypes.project }),
    config: emptyConfig(version),
    layers,
    annotations: { 'org.opencontainers.image.created': new Date().toISOString().replace(/\.\d+/, '') },
  };
  return { mediaType: mediaTypes.ociManifest, content: Buffer.from(JSON.stringify(manifest)) };
}

/** All images of an application, which belong to the artifact of its project. */
function indexOf(manifests: readonly Descriptor[], subject: Descriptor): Content {
  const index: Index & { readonly subject: Descriptor } = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests,
    subject,
    annotations: { [artifactAnnotations.version]: COMPOSE_VERSION },
  };
  return { mediaType: mediaTypes.ociIndex, content: Buffer.from(JSON.stringify(index)) };
}

const upload = (target: Repository, digest: Descriptor['digest'], data: string, options: Signalled) => {
  const content = Buffer.from(data, 'base64');
  const open = async function* (offset: number) {
    yield content.subarray(offset);
  };
  return target.upload({ digest, size: content.length, open }, options);
};

async function putManifest(
  target: Repository,
  tagOrDigest: string,
  { mediaType, content }: Content,
  options: Signalled,
): Promise<Stored> {
  await target.putManifest(tagOrDigest, { mediaType, content }, options);
  return stored(mediaType, content, { annotations: { [artifactAnnotations.version]: COMPOSE_VERSION } });
}

/** Copies an image, with all of its platforms, from one repository to another. */
async function copy(
  source: Repository,
  target: Repository,
  tagOrDigest: string,
  options: Signalled,
): Promise<Descriptor> {
  const { descriptor, content } = await source.manifest(tagOrDigest, options);
  if (isIndexType(descriptor.mediaType)) {
    const { manifests } = JSON.parse(content.toString()) as Index;
    for (const { digest } of manifests) await copy(source, target, digest, options);
  } else {
    const { config, layers } = JSON.parse(content.toString()) as Manifest;
    for (const blob of [config, ...layers])
      await target.upload({ ...blob, open: (offset) => source.blob(blob, offset, options) }, { ...options });
  }
  const { mediaType, digest } = descriptor;
  await target.putManifest(digest, { mediaType, content }, options);
  return descriptor;
}

/** The registry does not like what it is given; who gives it is another question. */
const isRefusal = (error: unknown): boolean =>
  error instanceof RegistryError &&
  error.status >= 400 &&
  error.status < 500 &&
  ![401, 403, 407].includes(error.status);
