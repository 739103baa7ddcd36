import { createReadStream, accessSync, constants } from 'node:fs';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip, createZstdDecompress } from 'node:zlib';
import { start } from '../lib/exec.ts';
import { internal } from '../lib/errors.ts';
import { shortId } from '../lib/id.ts';
import { mediaTypes } from '../oci/descriptor.ts';
import { type Digest, digestFromHex } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';
import type { LayerBlob } from './blob-records.ts';

type Context = Pick<ImageContext, 'store' | 'content' | 'snapshots' | 'compressSlots'>;

export const isCompressed = ({ mediaType }: { mediaType: string }): boolean =>
  /[.+](gzip|zstd)$/.test(mediaType);

/** The archives of a layer that are in the content store, compressed ones first. */
export function keptBlobs(
  { store, content }: Pick<Context, 'store' | 'content'>,
  diffId: Digest,
): LayerBlob[] {
  const kept = store.blobs.of(diffId).filter(({ digest }) => content.stat(digest) !== undefined);
  return kept.sort((a, b) => Number(isCompressed(b)) - Number(isCompressed(a)));
}

/** A compressed archive of a layer: the one that is kept, else one made now, and kept. */
export async function compressedLayer(
  context: Context,
  diffId: Digest,
  signal?: AbortSignal,
): Promise<LayerBlob> {
  const kept = keptBlobs(context, diffId).find(isCompressed);
  return kept ?? context.compressSlots.run(() => compress(context, diffId, signal), signal ? { signal } : {});
}

async function compress(
  context: Context,
  diffId: Digest,
  signal: AbortSignal | undefined,
): Promise<LayerBlob> {
  const { store, content } = context;
  const made = keptBlobs(context, diffId).find(isCompressed);
  if (made) return made;
  const verified = verifying(uncompressedLayer(context, diffId, signal), diffId);
  const { digest, size } = await content.ingest(
    {},
    () => gzipped(verified, signal),
    signal ? { signal } : {},
  );
  const blob = { diffId, digest, size, mediaType: mediaTypes.dockerLayerGzip };
  store.blobs.add(blob);
  return blob;
}

/** A layer as the plain archive that has this diffId, from what is kept of it or from its directory. */
function uncompressedLayer(
  context: Context,
  diffId: Digest,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  const [blob] = keptBlobs(context, diffId);
  if (!blob) return context.snapshots.readLayer(diffId, signal ? { signal } : {});
  const file = createReadStream(context.content.pathOf(blob.digest), { highWaterMark: 1 << 20 });
  if (!isCompressed(blob)) return file;
  const inflate = blob.mediaType.endsWith('zstd') ? createZstdDecompress() : createGunzip();
  pipeline(file, inflate).catch((error: Error) => inflate.destroy(error));
  return inflate;
}

/** Passes an archive on and fails at its end when it is not the one that was asked for. */
async function* verifying(archive: AsyncIterable<Uint8Array>, diffId: Digest): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of archive) {
    hash.update(chunk);
    yield chunk;
  }
  const found = digestFromHex(hash.digest('hex'));
  if (found !== diffId)
    throw internal(`layer ${shortId(diffId)} can't be written anew as it was: its archive is now ${found}`);
}

/** Compresses with the fastest program that is there. The output depends on nothing but the input. */
async function* gzipped(
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const program = findProgram('igzip') ?? findProgram('pigz');
  if (!program) return yield* through(archive, createGzip());
  const args = program.endsWith('igzip') ? ['-3', '-n', '-c'] : ['-6', '-n', '-c'];
  const child = start(program, args, { stdio: ['pipe', 'pipe', 'ignore'], ...(signal && { signal }) });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw internal(`${program} was started without pipes`);
  const closed = once(child, 'close');
  const fed = pipeline(Readable.from(archive, { objectMode: false }), stdin);
  try {
    closed.catch(() => {});
    fed.catch(() => child.kill('SIGKILL'));
    yield* stdout as AsyncIterable<Buffer>;
    await fed;
    const [status] = (await closed) as [number | null];
    if (status !== 0) throw internal(`${program} exited with status ${status}`);
  } finally {
    child.kill('SIGKILL');
  }
}

async function* through(
  archive: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array> {
  const fed = pipeline(Readable.from(archive, { objectMode: false }), transform);
  fed.catch((error: Error) => transform.destroy(error));
  yield* transform as AsyncIterable<Buffer>;
  await fed;
}

function findProgram(name: string): string | undefined {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, name));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
