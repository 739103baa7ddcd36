import type { Descriptor } from '../../oci/descriptor.ts';
import { parseManifest } from '../documents.ts';
import { type ArchivedImage, pairLayers, readConfig } from './archived-image.ts';
import { pathOf, type StagedFiles, within } from './staged-files.ts';

/** An image by its manifest. Throws where anything of it is missing. */
export async function readImage(files: StagedFiles, descriptor: Descriptor): Promise<ArchivedImage> {
  const path = pathOf(descriptor.digest);
  const document = await files.document(path, 'index.json');
  const manifest = within(path, () => parseManifest(document, 'document'));
  const { content, config } = await readConfig(files, pathOf(manifest.config.digest), path);
  const layers = pairLayers(manifest.layers, config, path).map(([{ mediaType, digest }, diffId]) => ({
    ...files.blobOf(digest, path),
    mediaType,
    diffId,
  }));
  const { mediaType, digest } = descriptor;
  return { content, config, layers, names: [], manifest: { mediaType, digest, size: document.length } };
}
