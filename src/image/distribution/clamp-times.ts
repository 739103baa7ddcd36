import { readTar } from '../../lib/tar/read.ts';
import { type TarMember, writeTar } from '../../lib/tar/write.ts';
import { mediaTypes } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { ImageConfig } from '../../oci/image-config.ts';
import type { ImageContext } from '../context.ts';

type Context = Pick<ImageContext, 'store' | 'content' | 'snapshots' | 'leases'>;

/** A config whose new layers have no file that is younger than `epoch` (seconds); they are kept until it is disposed of. */
export async function clampTimes(
  context: Context,
  config: ImageConfig,
  {
    parent,
    epoch,
    signal,
  }: { readonly parent?: Digest | undefined; readonly epoch: number; readonly signal: AbortSignal },
): Promise<{ readonly config: ImageConfig } & Disposable> {
  using held = new DisposableStack();
  held.use(context.content.lease());
  const inherited = parent ? (context.store.get(parent)?.config.rootfs.diff_ids ?? []) : [];
  const diffIds: Digest[] = [];
  for (const [at, diffId] of config.rootfs.diff_ids.entries()) {
    const clamped = inherited[at] === diffId ? diffId : await clampLayer(context, diffId, epoch, signal);
    held.use(context.leases.hold([clamped]));
    diffIds.push(clamped);
  }
  const kept = held.move();
  return {
    config: { ...config, rootfs: { ...config.rootfs, diff_ids: diffIds } },
    [Symbol.dispose]: () => kept.dispose(),
  };
}

async function clampLayer(
  { store, content, snapshots }: Context,
  diffId: Digest,
  epoch: number,
  signal: AbortSignal,
): Promise<Digest> {
  const { digest, size } = await content.ingest(
    {},
    () => writeTar(clamped(snapshots.readLayer(diffId, { signal }), epoch)),
    { soon: true, signal },
  );
  await snapshots.apply({ path: content.pathOf(digest), diffId: digest }, { signal });
  store.blobs.add({ diffId: digest, digest, size, mediaType: mediaTypes.dockerLayer });
  return digest;
}

async function* clamped(archive: AsyncIterable<Uint8Array>, epoch: number): AsyncGenerator<TarMember> {
  for await (const { entry, body } of readTar(archive)) {
    const isYounger = entry.mtime > epoch || (entry.mtime === epoch && entry.mtimeNanos > 0);
    yield { entry: isYounger ? { ...entry, mtime: epoch, mtimeNanos: 0 } : entry, body };
  }
}
