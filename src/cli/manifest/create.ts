import type { Reference } from '../../oci/reference.ts';
import { defineCommand } from '../command.ts';
import { type Context, print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool } from '../flags.ts';
import type { ImageManifest } from './image-manifest.ts';
import { fullName, parseName } from './names.ts';
import { RemoteManifests } from './remote.ts';
import { ManifestStore, NoSuchManifest } from './store.ts';

export const command = defineCommand({
  summary: 'Create a local manifest list for annotating and pushing to a registry',
  usage: '[OPTIONS] MANIFEST_LIST MANIFEST [MANIFEST...]',
  offline: true,
  flags: {
    amend: bool('Amend an existing manifest list', 'a'),
    insecure: bool('Allow communication with an insecure registry'),
  },
  args: { min: 2 },
  async run(context, flags, [listName = '', ...names]) {
    const list = parseName(listName, 'error parsing name for manifest list');
    const store = new ManifestStore(context.env);
    if (store.has(list) && !flags.amend)
      throw new ExitError(1, 'refusing to amend an existing manifest list with no --amend flag');
    // all are known before the first is kept
    const images: [Reference, ImageManifest][] = [];
    for (const image of names.map((name) => parseName(name)))
      images.push([image, await find(context, store, list, image, flags.insecure ?? false)]);
    for (const [image, manifest] of images) store.save(list, image, manifest);
    print(context, `Created manifest list ${fullName(list)}`);
  },
});

/** What is kept of it already, with its annotations, or what the registry has. */
async function find(
  context: Context,
  store: ManifestStore,
  list: Reference,
  image: Reference,
  insecure: boolean,
): Promise<ImageManifest> {
  try {
    const kept = store.get(list, image);
    if (kept.Raw !== undefined) return kept;
  } catch (error) {
    if (!(error instanceof NoSuchManifest)) throw error;
  }
  using remote = new RemoteManifests(context, image, insecure);
  return await remote.image(image);
}
