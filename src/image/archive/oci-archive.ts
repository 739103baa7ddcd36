import { type Descriptor, isIndexType } from '../../oci/descriptor.ts';
import type { Platform } from '../../oci/platform.ts';
import { choosePlatform } from '../choose-platform.ts';
import { parseIndex, parseManifest } from '../documents.ts';
import { type ArchivedImage, pairLayers, parseNames, readConfig } from './archived-image.ts';
import { badArchive, pathOf, type StagedFiles, within } from './staged-files.ts';

const INDEX = 'index.json';
const MAX_DEPTH = 4;

/** Reads an archive in the OCI image layout: of each name in its index the image for this platform. */
export async function readOciArchive(files: StagedFiles, platform?: Platform): Promise<ArchivedImage[]> {
  const content = await files.document(INDEX, 'the archive');
  const { manifests } = within(INDEX, () => parseIndex(content, 'document'));
  const images: ArchivedImage[] = [];
  for (const [name, entries] of groupByName(manifests)) {
    const entry = entries.length === 1 ? (entries[0] as Descriptor) : choosePlatform(entries, platform);
    images.push(await readImage(files, await descend(files, entry, platform), name));
  }
  return images;
}

/** Entries of one name are the platforms of one image. */
function groupByName(manifests: readonly Descriptor[]): Map<string, Descriptor[]> {
  return Map.groupBy(
    manifests.filter(({ annotations }) => annotations?.['vnd.docker.reference.type'] === undefined),
    (entry) => nameOf(entry) ?? (entry.platform ? '' : entry.digest),
  );
}

/** containerd's annotation has the full name; that of the specification may be a full name or only a tag. */
function nameOf({ annotations }: Descriptor): string | undefined {
  const full = annotations?.['io.containerd.image.name'];
  if (typeof full === 'string' && full !== '') return full;
  const name = annotations?.['org.opencontainers.image.ref.name'];
  return typeof name === 'string' && /[/:]/.test(name) ? name : undefined;
}

/** From an index down to the manifest for this platform. */
async function descend(
  files: StagedFiles,
  entry: Descriptor,
  platform: Platform | undefined,
): Promise<Descriptor> {
  let at = entry;
  for (let depth = 0; isIndexType(at.mediaType); depth += 1) {
    const path = pathOf(at.digest);
    if (depth >= MAX_DEPTH) throw badArchive(path, 'indexes are nested too deep');
    const content = await files.document(path, INDEX);
    at = choosePlatform(within(path, () => parseIndex(content, 'document')).manifests, platform);
  }
  return at;
}

async function readImage(files: StagedFiles, descriptor: Descriptor, name: string): Promise<ArchivedImage> {
  const path = pathOf(descriptor.digest);
  const document = await files.document(path, INDEX);
  const manifest = within(path, () => parseManifest(document, 'document'));
  const { content, config } = await readConfig(files, pathOf(manifest.config.digest), path);
  const layers = pairLayers(manifest.layers, config, path).map(([{ mediaType, digest }, diffId]) => ({
    ...files.blobOf(digest, path),
    mediaType,
    diffId,
  }));
  const { mediaType, digest } = descriptor;
  return {
    content,
    config,
    layers,
    names: name === '' || name.startsWith('sha256:') ? [] : parseNames([name], INDEX),
    manifest: { mediaType, digest, size: document.length },
  };
}
