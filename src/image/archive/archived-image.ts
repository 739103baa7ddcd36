import { closeSync, openSync, readSync } from 'node:fs';
import type { BlobInfo, ContentStore } from '../../content/types.ts';
import { type Descriptor, mediaTypes } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { ImageConfig } from '../../oci/image-config.ts';
import { parseReference, type Reference, withDefaultTag } from '../../oci/reference.ts';
import { parseConfig } from '../documents.ts';
import type { GivenIndex } from '../index-records.ts';
import type { LayerBlob } from '../blob-records.ts';
import { codecOf } from './decompress.ts';
import { badArchive, type StagedFiles, within } from './staged-files.ts';

/** An image of an archive whose documents were read and whose files are all there. */
export interface ArchivedImage {
  /** The config document, byte for byte. */
  readonly content: Buffer;
  readonly config: ImageConfig;
  readonly layers: readonly LayerBlob[];
  readonly names: readonly Reference[];
  /** The manifest that describes exactly these blobs, where the archive has one. */
  readonly manifest?: Descriptor;
  /** The index by which it is one platform of several. */
  readonly index?: GivenIndex;
}

export async function readConfig(
  files: StagedFiles,
  path: string,
  from: string,
): Promise<{ content: Buffer; config: ImageConfig }> {
  const content = await files.document(path, from);
  return { content, config: within(path, () => parseConfig(content, 'config')) };
}

/** Matches the archives of layers with the diffIds of a config. */
export function pairLayers<T>(layers: readonly T[], config: ImageConfig, place: string): [T, Digest][] {
  const { diff_ids: diffIds } = config.rootfs;
  if (layers.length !== diffIds.length)
    throw badArchive(place, `${layers.length} layers, but the config lists ${diffIds.length}`);
  return layers.map((layer, index) => [layer, diffIds[index] as Digest]);
}

export function parseNames(names: readonly string[], place: string): Reference[] {
  return names.map((name) =>
    within(`${place}: name ${JSON.stringify(name.slice(0, 200))}`, () => tagged(name)),
  );
}

function tagged(name: string): Reference {
  const { domain, path, tag } = withDefaultTag(parseReference(name));
  return { domain, path, tag: tag ?? 'latest' };
}

/** The media type of a layer that only its bytes tell. */
export function sniffLayer(content: ContentStore, { digest }: BlobInfo): string {
  const head = Buffer.alloc(6);
  const file = openSync(content.pathOf(digest), 'r');
  try {
    readSync(file, head);
  } finally {
    closeSync(file);
  }
  const codec = codecOf(head);
  if (codec === 'gzip') return mediaTypes.dockerLayerGzip;
  return codec === 'zstd' ? mediaTypes.ociLayerZstd : mediaTypes.dockerLayer;
}
