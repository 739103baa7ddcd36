import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode, invalid, messageOf } from '../../lib/errors.ts';

interface Entry {
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Index {
  readonly manifests?: readonly Entry[];
}

const NAME = 'io.containerd.image.name';
const TAG = 'org.opencontainers.image.ref.name';

/** The digest of what a directory (an image layout or a cache) has under a tag; undefined when it has no index, or nothing of that tag. */
export function findInLayout(directory: string, tag: string): string | undefined {
  const { manifests = [] } = readIndex(directory) ?? {};
  const named = (annotation: string): Entry | undefined =>
    manifests.find(({ annotations }) => annotations?.[annotation] === tag);
  const found = named(NAME) ?? named(TAG);
  return (found ?? (manifests.length === 1 ? manifests[0] : undefined))?.digest;
}

/** Where the name of an entry stands: a whole image name, or a tag alone. */
export type EntryName = { readonly image: string } | { readonly tag: string };

/** Adds a descriptor to the index of a directory under each of the names, in the place of what had it. */
export function addToLayout(directory: string, descriptor: object, names: readonly EntryName[]): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const index = readIndex(directory) ?? {};
  let manifests = [...(index.manifests ?? [])];
  const { annotations, ...rest } = descriptor as Entry;
  for (const name of names.length > 0 ? names : [undefined]) {
    const own = name === undefined ? {} : annotationsOf(name);
    if (name !== undefined)
      manifests = manifests.filter(
        (entry) => entry.annotations?.[NAME] !== own[NAME] || entry.annotations?.[TAG] !== own[TAG],
      );
    else manifests = manifests.filter(({ digest }) => digest !== rest.digest);
    const all = { ...annotations, ...own };
    manifests.push({ ...rest, ...(Object.keys(all).length > 0 && { annotations: all }) });
  }
  const whole = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    ...index,
    manifests,
  };
  const path = join(directory, 'index.json');
  writeFileSync(`${path}.new`, JSON.stringify(whole));
  renameSync(`${path}.new`, path);
}

function annotationsOf(name: EntryName): Record<string, string> {
  if ('tag' in name) return { [TAG]: name.tag };
  const [, tag] = /:([^:/@]+)(?:@.*)?$/.exec(name.image) ?? [];
  return { [NAME]: name.image, [TAG]: tag ?? 'latest' };
}

function readIndex(directory: string): Index | undefined {
  const path = join(directory, 'index.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Index;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw invalid(`could not read ${path}: ${messageOf(error)}`, error);
  }
}
