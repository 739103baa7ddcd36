import { createHash } from 'node:crypto';
import { invalid } from '../lib/errors.ts';
import { type Descriptor, isIndexType, isManifestType } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Platform } from '../oci/platform.ts';
import {
  familiarName,
  familiarRepository,
  type Reference,
  repositoryOf,
  withDefaultTag,
} from '../oci/reference.ts';
import type { Repository } from '../registry/client/types.ts';
import { choosePlatform } from './choose-platform.ts';
import type { ImageContext, Report } from './context.ts';
import { recordImage } from './create.ts';
import { mediaTypeOf, parseConfig, parseIndex, parseManifest } from './documents.ts';
import { publish } from './publish.ts';
import { pullAttestations } from './pull-attestations.ts';
import { pullLayers } from './pull-layers.ts';
import type { LayerBlob } from './blob-records.ts';
import type { Image, TransferOptions } from './types.ts';

export interface Pulled {
  readonly image: Image;
  /** Of what the reference points to: the index, where there is one. */
  readonly digest: Digest;
  readonly upToDate: boolean;
}

/** Brings an image from its registry. Equal pulls at the same time are one. */
export async function pull(
  context: ImageContext,
  named: Reference,
  options: TransferOptions = {},
): Promise<Pulled> {
  const reference = withDefaultTag(named);
  if (familiarRepository(reference) === 'scratch') throw invalid("'scratch' is a reserved name");
  const key = JSON.stringify([familiarName(reference), options.platform, secretOf(options)]);
  return context.pulls.join(
    key,
    (report, signal) => pullOnce(context, reference, options, { report, signal }),
    options,
  );
}

const secretOf = ({ auth }: TransferOptions): string =>
  createHash('sha256')
    .update(JSON.stringify(auth ?? {}))
    .digest('base64');

interface Flight {
  readonly report: Report;
  readonly signal: AbortSignal;
}

async function pullOnce(
  context: ImageContext,
  reference: Reference,
  options: TransferOptions,
  flight: Flight,
): Promise<Pulled> {
  const { store } = context;
  using _blobs = context.content.lease();
  const repository = context.registry.repository(reference, {
    actions: 'pull',
    ...(options.auth && { auth: options.auth }),
  });
  const source: Source = { content: context.content, repository, signal: flight.signal };
  const target = await resolveTarget(source, reference);
  const { domain, path, tag, digest } = reference;
  const id = digest === undefined ? tag : familiarName({ domain, path, digest });
  flight.report({ ...(id !== undefined && { id }), status: `Pulling from ${path}` });
  const manifest = await manifestFor(source, target, options.platform);
  const config = await readConfig(source, manifest.document.config);
  using _layers = context.leases.hold(config.parsed.rootfs.diff_ids);
  const upToDate = isUpToDate(store, reference, manifest);
  // of an image that is here already, nothing is told
  const isKnown = store.get(manifest.document.config.digest) !== undefined;
  const report = isKnown ? () => {} : flight.report;
  const [, attached] = await Promise.all([
    pullLayers(context, repository, layersOf(manifest, config.parsed), { ...flight, report }),
    pullAttestations(context, repository, manifest, flight.signal),
  ]);
  const image = recordImage(context, {
    config: config.content,
    manifest: manifest.descriptor,
    references: referencesFor(reference, target.digest),
    blobs: layersOf(manifest, config.parsed),
    index: manifest.index && { ...manifest.index, entry: manifest.descriptor, attached },
  });
  remember(context, reference, manifest);
  tell(context, { reference, digest: target.digest, image }, flight.report);
  return { image, digest: target.digest, upToDate };
}

/** What the documents of a pull are read from: the store where they are there, else the registry. */
interface Source {
  readonly content: ImageContext['content'];
  readonly repository: Repository;
  readonly signal: AbortSignal;
}

/** A digest whose document is here needs no registry to say what it is. */
async function resolveTarget(
  { content, repository, signal }: Source,
  { digest, tag = 'latest' }: Reference,
): Promise<Pick<Descriptor, 'digest' | 'size'>> {
  const known = digest && content.stat(digest);
  return known ?? repository.resolve(digest ?? tag, { signal });
}

interface FoundManifest {
  readonly descriptor: Descriptor;
  readonly document: Manifest;
  /** The index that lists it, when there is one. */
  readonly index?: { readonly descriptor: Descriptor; readonly document: Buffer };
}

/** Whether the reference means this very image already. */
function isUpToDate(
  store: ImageContext['store'],
  reference: Reference,
  { document, index }: FoundManifest,
): boolean {
  const named = store.indexNamed(reference);
  if (named?.descriptor.digest !== index?.descriptor.digest) return false;
  return named
    ? named.variants.has(document.config.digest)
    : store.named(reference)?.id === document.config.digest;
}

async function manifestFor(
  source: Source,
  target: Pick<Descriptor, 'digest' | 'size'>,
  platform: Platform | undefined,
): Promise<FoundManifest> {
  const content = await readManifest(source, target);
  const mediaType = mediaTypeOf(content, target.digest);
  if (isManifestType(mediaType)) {
    const descriptor = { mediaType, digest: target.digest, size: content.length };
    return { descriptor, document: parseManifest(content, `manifest ${target.digest}`) };
  }
  const index = { descriptor: { mediaType, digest: target.digest, size: content.length }, document: content };
  const chosen = choosePlatform(parseIndex(content, `index ${target.digest}`).manifests, platform);
  if (isIndexType(chosen.mediaType))
    throw invalid(`index ${target.digest}: an index within an index is not supported`);
  const inner = await readManifest(source, chosen);
  return { descriptor: chosen, document: parseManifest(inner, `manifest ${chosen.digest}`), index };
}

async function readManifest(
  { content, repository, signal }: Source,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
): Promise<Buffer> {
  if (content.stat(digest)) return content.read(digest);
  const fetched = await repository.manifest(digest, { size, signal });
  await content.put(fetched.content);
  return fetched.content;
}

async function readConfig(
  { content, repository, signal }: Source,
  descriptor: Descriptor,
): Promise<{ content: Buffer; parsed: ImageConfig }> {
  const { mediaType, digest } = descriptor;
  if (mediaType !== undefined && !/image(\.config)?\.v1\+json$|^text\/plain|octet-stream/.test(mediaType))
    throw invalid(`unsupported media type ${JSON.stringify(mediaType)}: this artifact is no container image`);
  const known = content.stat(digest) ? await content.read(digest) : undefined;
  const document = known ?? (await repository.smallBlob(descriptor, { signal }));
  const parsed = parseConfig(document, `config ${digest}`);
  if (!known) await content.put(document);
  return { content: document, parsed };
}

function layersOf({ document, descriptor }: FoundManifest, config: ImageConfig): LayerBlob[] {
  const diffIds = config.rootfs.diff_ids;
  if (document.layers.length !== diffIds.length)
    throw invalid(
      `manifest ${descriptor.digest} has ${document.layers.length} layers, but its config lists ${diffIds.length}`,
    );
  return document.layers.map((layer, index) => ({ ...layer, diffId: diffIds[index] as Digest }));
}

function referencesFor(reference: Reference, digest: Digest): Reference[] {
  const { domain, path, tag } = reference;
  const byDigest = { domain, path, digest };
  return tag === undefined || reference.digest !== undefined ? [byDigest] : [{ domain, path, tag }, byDigest];
}

function remember({ store }: ImageContext, reference: Reference, { document }: FoundManifest): void {
  const digests = [document.config, ...document.layers].map(({ digest }) => digest);
  store.blobs.addSources(digests, repositoryOf(reference));
}

function tell(
  context: ImageContext,
  { image, digest, reference }: Omit<Pulled, 'upToDate'> & { reference: Reference },
  report: Report,
): void {
  report({ status: `Digest: ${digest}` });
  publish(context.events, 'pull', {
    image,
    actorId: familiarName(reference),
    name: familiarRepository(reference),
  });
}
