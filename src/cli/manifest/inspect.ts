import { messageOf } from '../../lib/errors.ts';
import type { Reference } from '../../oci/reference.ts';
import { defineCommand } from '../command.ts';
import { type Context, print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool } from '../flags.ts';
import { documentOf, type ImageManifest } from './image-manifest.ts';
import { listDocument } from './list-document.ts';
import { parseName } from './names.ts';
import { RemoteManifests } from './remote.ts';
import { ManifestStore } from './store.ts';

export const command = defineCommand({
  summary: 'Display an image manifest, or manifest list',
  usage: '[OPTIONS] [MANIFEST_LIST] MANIFEST',
  offline: true,
  flags: {
    insecure: bool('Allow communication with an insecure registry'),
    verbose: bool('Output additional info including layers and platform', 'v'),
  },
  args: { min: 1, max: 2 },
  async run(context, flags, names) {
    const name = parseName(names.at(-1) ?? '');
    const list = names.length === 2 ? parseName(names[0] ?? '') : undefined;
    const found = await find(context, name, list, flags.insecure ?? false);
    if (flags.verbose) print(context, JSON.stringify(found, undefined, '\t'));
    else if (Array.isArray(found)) print(context, listText(name, found));
    else print(context, JSON.stringify(documentOf(found), undefined, '\t'));
  },
});

/** An image of a list that is kept here, a list that is kept here, or what a registry has. */
async function find(
  context: Context,
  name: Reference,
  list: Reference | undefined,
  insecure: boolean,
): Promise<ImageManifest | ImageManifest[]> {
  const store = new ManifestStore(context.env);
  if (list) return store.get(list, name);
  if (store.has(name)) return store.list(name);
  using remote = new RemoteManifests(context, name, insecure);
  return await remote.find(name);
}

function listText(name: Reference, images: readonly ImageManifest[]): string {
  try {
    return listDocument(name, images).text;
  } catch (error) {
    throw new ExitError(1, `failed to assemble ManifestDescriptor: ${messageOf(error)}`);
  }
}
