import { type Descriptor, mediaTypes } from '../../oci/descriptor.ts';
import type { Manifest } from '../../oci/manifest.ts';
import type { ImageContext } from '../context.ts';
import type { Statement } from './types.ts';
import { putDocument, type WrittenImage } from './written.ts';

const IN_TOTO = 'application/vnd.in-toto+json';
const ARTIFACT = 'application/vnd.docker.attestation.manifest.v1+json';
const EMPTY = Buffer.from('{}');

/** Files statements as the manifest beside an image's that BuildKit makes of them (attestations.ts). */
export async function writeStatements(
  context: Pick<ImageContext, 'content'>,
  subject: Descriptor,
  statements: readonly Statement[],
  asArtifact: boolean,
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
  const document: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    ...(asArtifact && { artifactType: ARTIFACT }),
    config: await writeConfig(context, layers, asArtifact),
    layers,
    ...(asArtifact && {
      subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    }),
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

/** An artifact has none but the empty document. */
async function writeConfig(
  { content }: Pick<ImageContext, 'content'>,
  layers: readonly Descriptor[],
  asArtifact: boolean,
): Promise<Descriptor> {
  if (asArtifact) {
    const { digest, size } = await content.put(EMPTY);
    return { mediaType: mediaTypes.ociEmpty, digest, size, data: EMPTY.toString('base64') };
  }
  const config = {
    architecture: 'unknown',
    os: 'unknown',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  };
  const { digest, size } = await content.put(Buffer.from(JSON.stringify(config)));
  return { mediaType: mediaTypes.ociConfig, digest, size };
}
