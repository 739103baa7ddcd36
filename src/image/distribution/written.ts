import type { Descriptor } from '../../oci/descriptor.ts';
import { type Digest, digestOf } from '../../oci/digest.ts';
import type { Index, Manifest } from '../../oci/manifest.ts';
import type { Platform } from '../../oci/platform.ts';
import type { LayerBlob } from '../blob-records.ts';
import type { ImageContext } from '../context.ts';

/** An image as it was written. */
export interface WrittenImage {
  readonly id: Digest;
  /** The document, byte for byte. */
  readonly config: Buffer;
  readonly parent: Digest | undefined;
  readonly platform: Platform;
  /** As the index has it. */
  readonly manifest: Descriptor;
  readonly document: Manifest;
  readonly layers: readonly LayerBlob[];
  /** What is filed beside it: its manifest as the index has it, and what that names. */
  readonly attached: readonly { readonly entry: Descriptor; readonly blobs: readonly Descriptor[] }[];
}

/** Documents that were written, and the images behind them. */
export interface Written {
  readonly root: Descriptor;
  readonly images: readonly WrittenImage[];
  readonly index: { readonly descriptor: Descriptor; readonly document: Buffer } | undefined;
}

/** As BuildKit writes its documents. */
export const bytesOf = (document: Manifest | Index): Buffer => Buffer.from(JSON.stringify(document, null, 2));

export async function putDocument(
  { content }: Pick<ImageContext, 'content'>,
  document: Manifest | Index,
): Promise<Descriptor> {
  const bytes = bytesOf(document);
  await content.put(bytes);
  return { mediaType: document.mediaType ?? '', digest: digestOf(bytes), size: bytes.length };
}
