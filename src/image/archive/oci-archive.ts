import { type Descriptor, isIndexType, isManifestType } from '../../oci/descriptor.ts';
import type { Platform } from '../../oci/platform.ts';
import { choosePlatform } from '../choose-platform.ts';
import { parseIndex } from '../documents.ts';
import { type ArchivedImage, parseNames } from './archived-image.ts';
import { readImage } from './oci-image.ts';
import { readIndex } from './oci-index.ts';
import { badArchive, pathOf, type StagedFiles, within } from './staged-files.ts';

const INDEX = 'index.json';
const MAX_DEPTH = 4;

/** An entry of an archive's index: one image, or the platforms of one. */
export interface ArchivedEntry {
  readonly name: string | undefined;
  readonly images: readonly ArchivedImage[];
}

/** Reads an archive in the OCI image layout: of each name all platforms that are there, or those of `platforms`. */
export async function readOciArchive(
  files: StagedFiles,
  platforms: readonly Platform[] = [],
): Promise<ArchivedEntry[]> {
  const content = await files.document(INDEX, 'the archive');
  const { manifests } = within(INDEX, () => parseIndex(content, 'document'));
  const found: ArchivedEntry[] = [];
  for (const entries of groupByName(manifests).values()) {
    const entry = entries.length === 1 ? (entries[0] as Descriptor) : choosePlatform(entries, platforms[0]);
    const name = nameOf(entry);
    const names = name === undefined ? [] : parseNames([name], INDEX);
    const images = await readEntry(files, entry, platforms);
    found.push({ name, images: images.map((image) => ({ ...image, names })) });
  }
  return found;
}

/** The indexes that lie in an archive of Docker's beside its own document. */
export async function readOciIndexes(
  files: StagedFiles,
  platforms: readonly Platform[],
): Promise<ArchivedEntry[]> {
  const content = await files.document(INDEX, 'the archive');
  const { manifests } = within(INDEX, () => parseIndex(content, 'document'));
  const found: ArchivedEntry[] = [];
  for (const entry of manifests) {
    if (!isIndexType(entry.mediaType) || !files.has(pathOf(entry.digest))) continue;
    const images = await readIndex(files, entry, platforms);
    if (images.length > 0) found.push({ name: nameOf(entry), images });
  }
  return found;
}

async function readEntry(
  files: StagedFiles,
  entry: Descriptor,
  platforms: readonly Platform[],
): Promise<ArchivedImage[]> {
  const images = isIndexType(entry.mediaType) ? await readIndex(files, entry, platforms) : [];
  if (images.length > 0) return images;
  // what is missing is told about the platform that would be used
  return [await readImage(files, await descend(files, entry, platforms[0]))];
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
  if (!isManifestType(at.mediaType))
    throw badArchive(pathOf(at.digest), `unsupported media type ${JSON.stringify(at.mediaType)}`);
  return at;
}
