import type { ContentStore } from '../../content/types.ts';
import { type Descriptor, isManifestType } from '../../oci/descriptor.ts';
import { type Platform, platformMatches } from '../../oci/platform.ts';
import { repositoryOf } from '../../oci/reference.ts';
import { isObject, parseIndex, parseJson, parseManifest } from '../documents.ts';
import { type ArchivedImage, pairLayers, parseNames, readConfig, sniffLayer } from './archived-image.ts';
import { type ArchivedEntry, readOciIndexes } from './oci-archive.ts';
import { badArchive, pathOf, type StagedFiles, within } from './staged-files.ts';

const MANIFEST = 'manifest.json';

interface Item {
  readonly config: string;
  readonly layers: readonly string[];
  readonly names: readonly string[];
}

/** Reads what `docker save` wrote, in its layout of today and that of before Docker 25: both have a manifest.json. */
export async function readDockerArchive(
  content: ContentStore,
  files: StagedFiles,
  platforms: readonly Platform[] = [],
): Promise<ArchivedEntry[]> {
  const images = (await readItems(content, files)).filter(
    ({ config }) => platforms.length === 0 || platforms.some((wanted) => platformMatches(config, wanted)),
  );
  const indexes = files.has('index.json') ? await readOciIndexes(files, platforms) : [];
  const taken = new Set<ArchivedImage>();
  const whole = indexes.map((entry) => {
    const item = images.find((image) => !taken.has(image) && isPartOf(entry, image));
    if (item) taken.add(item);
    const names = item?.names ?? (entry.name === undefined ? [] : parseNames([entry.name], 'index.json'));
    return { ...entry, images: entry.images.map((image) => ({ ...image, names })) };
  });
  const single = images.filter((image) => !taken.has(image));
  return [...single.map((image) => ({ name: undefined, images: [image] })), ...whole];
}

/** Docker's document names one platform of what its index has whole. */
const isPartOf = ({ images, name }: ArchivedEntry, item: ArchivedImage): boolean =>
  images.some(({ content }) => content.equals(item.content)) &&
  (name === undefined || item.names.some((each) => `${repositoryOf(each)}:${each.tag}` === name));

async function readItems(content: ContentStore, files: StagedFiles): Promise<ArchivedImage[]> {
  const items = parseItems(await files.document(MANIFEST, 'the archive'));
  const manifests = await manifestsByConfig(files);
  const images: ArchivedImage[] = [];
  for (const [index, item] of items.entries()) {
    const place = `${MANIFEST}: image ${index}`;
    const { content: document, config } = await readConfig(files, item.config, place);
    const layers = pairLayers(item.layers, config, place).map(([path, diffId]) => {
      const blob = files.blob(path, place);
      return { diffId, ...blob, mediaType: sniffLayer(content, blob) };
    });
    const manifest = manifests.get(files.blob(item.config, place).digest);
    images.push({
      content: document,
      config,
      layers,
      names: parseNames(item.names, place),
      ...(manifest && { manifest }),
    });
  }
  return images;
}

function parseItems(content: Buffer): Item[] {
  const items = within(MANIFEST, () => parseJson(content, 'document'));
  if (!Array.isArray(items)) throw badArchive(MANIFEST, 'no list of images');
  return items.map((item: unknown, index) => {
    const { Config, Layers, RepoTags } = isObject(item) ? item : {};
    const names = RepoTags ?? [];
    const layers = Layers ?? [];
    if (typeof Config !== 'string' || !isStrings(layers) || !isStrings(names))
      throw badArchive(MANIFEST, `image ${index} has no usable Config, Layers and RepoTags`);
    return { config: Config, layers, names };
  });
}

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** The manifests that the OCI index beside a manifest.json lists, as far as they are in the archive, by the digest of their config. */
async function manifestsByConfig(files: StagedFiles): Promise<Map<string, Descriptor>> {
  const found = new Map<string, Descriptor>();
  if (!files.has('index.json')) return found;
  const index = parseIndex(await files.document('index.json', 'the archive'), 'index.json');
  for (const { mediaType, digest, size } of index.manifests) {
    const path = pathOf(digest);
    if (!isManifestType(mediaType) || !files.has(path)) continue;
    const manifest = parseManifest(await files.document(path, 'index.json'), path);
    if (manifest.layers.every((layer) => files.has(pathOf(layer.digest))))
      found.set(manifest.config.digest, { mediaType, digest, size });
  }
  return found;
}
