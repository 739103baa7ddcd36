import { digestOf } from '../../oci/digest.ts';
import { parseReference, type Reference, repositoryOf } from '../../oci/reference.ts';
import type { Repository } from '../../registry/client/types.ts';
import { defineCommand } from '../command.ts';
import { type Context, print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool } from '../flags.ts';
import { contentOf, documentOf, type ImageManifest } from './image-manifest.ts';
import { listDocument } from './list-document.ts';
import { parseName } from './names.ts';
import { RemoteManifests } from './remote.ts';
import { ManifestStore } from './store.ts';

export const command = defineCommand({
  summary: 'Push a manifest list to a repository',
  usage: '[OPTIONS] MANIFEST_LIST',
  offline: true,
  flags: {
    insecure: bool('Allow push to an insecure registry'),
    purge: bool('Remove the local manifest list after push', 'p'),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [name = '']) {
    const list = parseName(name);
    const store = new ManifestStore(context.env);
    const images = store.list(list);
    for (const image of images) checkPlatform(image);
    const { mediaType, text } = listDocument(list, images);
    using remote = new RemoteManifests(context, list, flags.insecure ?? false);
    const others = images.filter(({ Ref }) => parseReference(Ref).path !== list.path);
    const sources = new Set(others.map(({ Ref }) => parseReference(Ref).path));
    const target = await remote.repository(list, 'push', [...sources]);
    for (const image of others) await copyImage(context, remote, target, image);
    const tag = list.digest ?? list.tag ?? '';
    await target.putManifest(tag, { mediaType, content: Buffer.from(text) }, context);
    print(context, digestOf(text));
    if (flags.purge) store.remove(list);
  },
});

function checkPlatform({ Ref, Descriptor: { platform } }: ImageManifest): void {
  if (platform?.os && platform.architecture) return;
  throw new ExitError(1, `manifest ${Ref} must have an OS and Architecture to be pushed to a registry`);
}

/** A list names images of its own repository. The registry takes the blobs over by itself, if it can. */
async function copyImage(
  context: Context,
  remote: RemoteManifests,
  target: Repository,
  image: ImageManifest,
): Promise<void> {
  const { signal } = context;
  const from: Reference = parseReference(image.Ref);
  const source = await remote.repository(from, 'pull');
  const { config, layers } = documentOf(image);
  for (const blob of [config, ...layers]) {
    if (blob.urls) continue; // Windows' own layers are not in registries
    const open = (offset: number): AsyncIterable<Uint8Array> => source.blob(blob, offset, { signal });
    await target.upload({ ...blob, open }, { mountFrom: [from.path], signal });
  }
  const { digest, mediaType } = image.Descriptor;
  const content = contentOf(image);
  const filed = await target.putManifest(digest, { mediaType, content }, { signal });
  print(context, `Pushed ref ${repositoryOf(target.reference)}@${digest} with digest: ${filed}`);
}
