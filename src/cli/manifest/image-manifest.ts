import { type Descriptor, mediaTypes } from '../../oci/descriptor.ts';
import { digestOf } from '../../oci/digest.ts';
import type { Manifest } from '../../oci/manifest.ts';
import type { Platform } from '../../oci/platform.ts';
import { ExitError } from '../exit-code.ts';

/** A platform with everything that an entry of a list may say. */
export interface FullPlatform extends Platform {
  readonly 'os.features'?: readonly string[];
}

/** One image of a list, spelled as Docker's files and `inspect --verbose` have it. */
export interface ImageManifest {
  /** The image's full name. */
  readonly Ref: string;
  readonly Descriptor: Descriptor & { readonly platform?: FullPlatform };
  /** The document as the registry has it, in base64; files of old clients lack it. */
  readonly Raw?: string;
  readonly SchemaV2Manifest?: Manifest;
  readonly OCIManifest?: Manifest;
}

/** Members in the order in which Docker writes them. */
export function platformOf(from: Partial<FullPlatform> | undefined): FullPlatform {
  const { architecture = '', os = '', variant } = from ?? {};
  const version = from?.['os.version'];
  const features = from?.['os.features'];
  return {
    architecture,
    os,
    ...(version && { 'os.version': version }),
    ...(features?.length && { 'os.features': features }),
    ...(variant && { variant }),
  };
}

export function imageManifest(
  name: string,
  { mediaType, digest, size }: Descriptor,
  content: Buffer,
  platform: Partial<FullPlatform> | undefined,
): ImageManifest {
  const document = JSON.parse(content.toString()) as Manifest;
  return {
    Ref: name,
    Descriptor: { mediaType, digest, size, platform: platformOf(platform) },
    Raw: content.toString('base64'),
    ...(mediaType === mediaTypes.ociManifest ? { OCIManifest: document } : { SchemaV2Manifest: document }),
  };
}

export function documentOf({ Ref, SchemaV2Manifest, OCIManifest }: ImageManifest): Manifest {
  const document = SchemaV2Manifest ?? OCIManifest;
  if (!document) throw new ExitError(1, `${Ref} has no payload`);
  return document;
}

/** The bytes that the image's digest stands for. */
export function contentOf(image: ImageManifest): Buffer {
  const { Ref, Raw, Descriptor, OCIManifest } = image;
  const content =
    Raw === undefined
      ? Buffer.from(JSON.stringify(documentOf(image), undefined, OCIManifest ? 2 : 3))
      : Buffer.from(Raw, 'base64');
  const digest = digestOf(content);
  if (digest === Descriptor.digest) return content;
  throw new ExitError(1, `internal digest mismatch for ${Ref}: expected ${Descriptor.digest}, got ${digest}`);
}
