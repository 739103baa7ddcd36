import { type Descriptor, mediaTypes } from '../../oci/descriptor.ts';
import type { Manifest } from '../../oci/manifest.ts';
import type { ImageContext } from '../context.ts';
import type { Statement } from './types.ts';
import { putDocument, type WrittenImage } from './written.ts';

const IN_TOTO = 'application/vnd.in-toto+json';

/** Files statements as the manifest beside an image's that BuildKit makes of them (attestations.ts). */
export async function writeStatements(
  context: Pick<ImageContext, 'content'>,
  subject: Descriptor,
  statements: readonly Statement[],
): Promise<WrittenImage['attached'][number]> {
  const layers: Descriptor[] = [];
  for (const { predicateType, content } of statements) {
    const { digest, size } = await context.content.put(content);
    layers.push({
      mediaType: IN_TOTO,
      digest,
      size,
      annotations: { 'in-toto.io/predicate-type': predicateType },
    });
  }
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'unknown',
      os: 'unknown',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    }),
  );
  const document: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, ...(await context.content.put(config)) },
    layers,
  };
  const entry = {
    ...(await putDocument(context, document)),
    annotations: {
      'vnd.docker.reference.digest': subject.digest,
      'vnd.docker.reference.type': 'attestation-manifest',
    },
    platform: { architecture: 'unknown', os: 'unknown' },
  };
  return { entry, blobs: [...layers, document.config] };
}
