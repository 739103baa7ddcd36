import { createReadStream } from 'node:fs';
import { encodeHeader } from '../../lib/tar/encode.ts';
import { makeEntry, paddingOf, trailer } from '../../lib/tar/entry.ts';
import { type Descriptor, mediaTypes } from '../../oci/descriptor.ts';
import { familiarName, type Reference, repositoryOf } from '../../oci/reference.ts';
import { pathOf } from '../archive/staged-files.ts';
import type { ImageContext } from '../context.ts';
import type { Annotations, Distribution } from './types.ts';
import type { Written, WrittenImage } from './written.ts';

type ArchiveOptions = Parameters<Distribution['archive']>[0];

/** What was written as an archive in the OCI layout; the same gives the same bytes. */
export async function* archiveOf(
  { content }: Pick<ImageContext, 'content'>,
  written: Written,
  { names, docker, annotations = {} }: ArchiveOptions,
): AsyncGenerator<Uint8Array> {
  for (const name of ['blobs/', 'blobs/sha256/']) yield encodeHeader(makeEntry({ name, type: 'directory' }));
  for (const { digest, size } of contentsOf(written)) {
    yield encodeHeader(makeEntry({ name: pathOf(digest), size, mode: 0o444 }));
    yield* createReadStream(content.pathOf(digest), { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
    yield Buffer.alloc(paddingOf(size));
  }
  yield* document('index.json', indexOf(written.root, names, annotations));
  if (docker) yield* document('manifest.json', [dockerItem(written.images[0] as WrittenImage, names)]);
  yield* document('oci-layout', { imageLayoutVersion: '1.0.0' });
  yield trailer;
}

/** By digest, so that the order depends on nothing else. */
function contentsOf({ images, index }: Written): Descriptor[] {
  const all = images.flatMap(({ document, manifest, attached }) => [
    ...document.layers,
    document.config,
    manifest,
    ...attached.flatMap(({ entry, blobs }) => [entry, ...blobs]),
  ]);
  if (index) all.push(index.descriptor);
  return [...new Map(all.map((blob) => [blob.digest, blob])).values()].sort((a, b) =>
    a.digest < b.digest ? -1 : 1,
  );
}

function* document(name: string, value: unknown): Generator<Uint8Array> {
  const bytes = Buffer.from(JSON.stringify(value));
  yield encodeHeader(makeEntry({ name, size: bytes.length, mode: 0o444 }));
  yield bytes;
  yield Buffer.alloc(paddingOf(bytes.length));
}

/** One entry per name, as the layout has it. */
function indexOf(root: Descriptor, names: readonly Reference[], annotations: Annotations): object {
  const entry = (more: Annotations): Descriptor => ({
    ...root,
    annotations: { ...annotations, ...root.annotations, ...more },
  });
  const named = names.map((name) => {
    const version = name.digest === undefined ? (name.tag ?? 'latest') : `@${name.digest}`;
    return entry({
      'io.containerd.image.name': `${repositoryOf(name)}${version.startsWith('@') ? '' : ':'}${version}`,
      'org.opencontainers.image.ref.name': version,
    });
  });
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: named.length > 0 ? named : [entry({})],
  };
}

const dockerItem = ({ document }: WrittenImage, names: readonly Reference[]): object => ({
  Config: pathOf(document.config.digest),
  RepoTags: names.length > 0 ? names.map(familiarName) : null,
  Layers: document.layers.map(({ digest }) => pathOf(digest)),
});
