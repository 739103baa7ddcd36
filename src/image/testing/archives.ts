import { gzipSync, zstdCompressSync } from 'node:zlib';
import { encodeHeader } from '../../lib/tar/encode.ts';
import { makeEntry, paddingOf, type TarEntry, trailer } from '../../lib/tar/entry.ts';
import { mediaTypes } from '../../oci/descriptor.ts';
import { digestOf, hexOf } from '../../oci/digest.ts';
import { hostPlatform } from '../../oci/platform.ts';

/** A file by name and text, or any member with its body. */
export type TarFile = [name: string, content: string | Buffer] | (Partial<TarEntry> & { name: string });

/** A tar archive of these members; for tests. */
export function tarOf(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap((file) => {
    if (!Array.isArray(file)) return [encodeHeader(makeEntry(file))];
    const body = Buffer.from(file[1]);
    return [
      encodeHeader(makeEntry({ name: file[0], size: body.length })),
      body,
      Buffer.alloc(paddingOf(body.length)),
    ];
  });
  return Buffer.concat([...parts, trailer]);
}

/** In pieces, as archives come over a connection. */
export async function* streamOf(content: Buffer, piece = 60_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += piece) yield content.subarray(at, at + piece);
}

export const collected = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(stream));

export interface TestLayer {
  /** As it is stored or sent. */
  readonly blob: Buffer;
  readonly mediaType: string;
  readonly diffId: string;
}

export function layerOf(
  files: readonly TarFile[],
  compression: 'none' | 'gzip' | 'zstd' = 'gzip',
): TestLayer {
  const tar = tarOf(files);
  const diffId = digestOf(tar);
  if (compression === 'none') return { blob: tar, mediaType: mediaTypes.ociLayer, diffId };
  if (compression === 'zstd')
    return { blob: zstdCompressSync(tar), mediaType: mediaTypes.ociLayerZstd, diffId };
  return { blob: gzipSync(tar), mediaType: mediaTypes.ociLayerGzip, diffId };
}

export interface TestImage {
  readonly config: Buffer;
  readonly layers: readonly TestLayer[];
  readonly manifest: Buffer;
}

export function imageOf(layers: readonly TestLayer[], platform = hostPlatform()): TestImage {
  const config = Buffer.from(
    JSON.stringify({
      ...platform,
      created: '2024-05-06T07:08:09Z',
      config: { Cmd: ['/bin/true'], Labels: { made: 'here' } },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map((_, index) => ({ created: '2024-05-06T07:08:09Z', created_by: `layer ${index}` })),
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.length },
    layers: layers.map(({ blob, mediaType }) => ({ mediaType, digest: digestOf(blob), size: blob.length })),
  };
  return { config, layers, manifest: Buffer.from(JSON.stringify(manifest)) };
}

export const blobPath = (content: Buffer): string => `blobs/sha256/${hexOf(digestOf(content))}`;

/** The files of an OCI layout whose index has these entries. */
export function ociFiles(images: readonly { image: TestImage; name?: string }[]): [string, Buffer][] {
  const blobs = images.flatMap(({ image }) => [
    image.config,
    image.manifest,
    ...image.layers.map(({ blob }) => blob),
  ]);
  const manifests = images.map(({ image, name }) => ({
    mediaType: mediaTypes.ociManifest,
    digest: digestOf(image.manifest),
    size: image.manifest.length,
    ...(name !== undefined && { annotations: { 'io.containerd.image.name': name } }),
  }));
  return [
    ...blobs.map((blob): [string, Buffer] => [blobPath(blob), blob]),
    ['index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }))],
    ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
  ];
}

/** `docker save` as it was before version 25. */
export function oldDockerFiles(image: TestImage, names: readonly string[]): [string, Buffer][] {
  const config = `${hexOf(digestOf(image.config))}.json`;
  const layers = image.layers.map(({ diffId }) => `${diffId.slice(7)}/layer.tar`);
  return [
    ...image.layers.map(({ blob }, index): [string, Buffer] => [layers[index] ?? '', blob]),
    [config, image.config],
    ['manifest.json', Buffer.from(JSON.stringify([{ Config: config, RepoTags: names, Layers: layers }]))],
  ];
}
