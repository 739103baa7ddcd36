import { createHash } from 'node:crypto';
import { bytesOfText } from '../../src/lib/byte-string.ts';
import { encodeHeader } from '../../src/lib/tar/encode.ts';
import { makeEntry, paddingOf, trailer } from '../../src/lib/tar/entry.ts';

type Content = string | Uint8Array | { readonly link: string } | { readonly symlink: string };

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** A tar of exactly these entries, whatever they are called. */
export function layerOf(...entries: readonly (readonly [name: string, content: Content])[]): Buffer {
  return Buffer.concat([...entries.flatMap(([name, content]) => encode(name, content)), trailer]);
}

function encode(name: string, content: Content): Uint8Array[] {
  if (typeof content === 'object' && 'link' in content)
    return [encodeHeader(makeEntry({ name: bytesOfText(name), type: 'hardlink', linkName: content.link }))];
  if (typeof content === 'object' && 'symlink' in content)
    return [encodeHeader(makeEntry({ name: bytesOfText(name), type: 'symlink', linkName: content.symlink }))];
  const bytes = Buffer.from(content as string);
  return [
    encodeHeader(makeEntry({ name: bytesOfText(name), type: 'file', size: bytes.length, mode: 0o644 })),
    bytes,
    Buffer.alloc(paddingOf(bytes.length)),
  ];
}

/** A `docker save` archive of one layer, with lies in it where asked for. */
export function dockerArchive(
  layer: Uint8Array,
  lies: { diffId?: string; config?: string; layers?: string[]; names?: string[] } = {},
): Buffer {
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [lies.diffId ?? `sha256:${sha256(layer)}`] },
  });
  const Config = `${sha256(config)}.json`;
  const manifest = [
    {
      Config: lies.config ?? Config,
      RepoTags: lies.names ?? ['bad:1'],
      Layers: lies.layers ?? ['one/layer.tar'],
    },
  ];
  return layerOf([Config, config], ['one/layer.tar', layer], ['manifest.json', json(manifest)]);
}

/** An OCI archive of one layer; one of its blobs may be another than its digest says. */
export function ociArchive(changed?: 'layer' | 'config' | 'manifest'): Buffer {
  const layer = layerOf(['oci', changed ?? 'whole']);
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
  });
  const vendor = 'application/vnd.oci.image';
  const describe = (mediaType: string, content: Uint8Array) => ({
    mediaType: `${vendor}.${mediaType}`,
    digest: `sha256:${sha256(content)}`,
    size: content.length,
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: `${vendor}.manifest.v1+json`,
    config: describe('config.v1+json', config),
    layers: [describe('layer.v1.tar', layer)],
  });
  const index = {
    schemaVersion: 2,
    manifests: [
      {
        ...describe('manifest.v1+json', manifest),
        annotations: { 'org.opencontainers.image.ref.name': 'oci:1' },
      },
    ],
  };
  const blob = (name: typeof changed, content: Uint8Array): [string, Uint8Array] => [
    `blobs/sha256/${sha256(content)}`,
    name === changed ? spoiled(content) : content,
  ];
  return layerOf(
    ['oci-layout', '{"imageLayoutVersion":"1.0.0"}'],
    ['index.json', json(index)],
    blob('config', config),
    blob('manifest', manifest),
    blob('layer', layer),
  );
}

/** Of the same length and, for JSON, as valid as before. */
function spoiled(content: Uint8Array): Uint8Array {
  const copy = Buffer.from(content);
  const at = copy.indexOf('whole') < 0 ? copy.length - 1 : copy.indexOf('whole');
  if (copy[0] === 0x7b) return Buffer.concat([copy.subarray(0, -1), Buffer.from(' }')]);
  copy[at] = 0x78;
  return copy;
}
