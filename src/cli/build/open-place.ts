import { resolve } from 'node:path';
import { compose } from 'node:stream';
import { makeEntry } from '../../lib/tar/entry.ts';
import { writeTar } from '../../lib/tar/write.ts';
import { isRemotePlace } from '../../client/build/directories.ts';
import { type BuildPlace, directoryPlace, urlPlace } from '../../client/build/place.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';

/** Opens the context of `build`: a directory, `-` (an archive or a Dockerfile on standard input), or a URL of one or of a git repository. */
export async function openPlace(
  context: Context,
  place: string,
  { file, compress }: { readonly file: string | undefined; readonly compress: boolean },
): Promise<BuildPlace> {
  const opened = await open(context, place, file);
  const { pack } = opened;
  if (!compress || !pack) return opened;
  return {
    ...opened,
    pack() {
      const { dockerfile, tar } = pack();
      return { dockerfile, tar: gzip(tar) };
    },
  };
}

async function open(context: Context, place: string, file: string | undefined): Promise<BuildPlace> {
  if (place === '-') {
    if (file === '-')
      throw new ExitError(1, "invalid argument: can't use stdin for both build context and dockerfile");
    return fromStream(context.in as AsyncIterable<Buffer>, file);
  }
  if (isRemotePlace(place)) return urlPlace(place, await dockerfileFor(context, file));
  const directory = resolve(context.cwd, place);
  if (file !== '-') return directoryPlace(directory, { file });
  return directoryPlace(directory, { inline: await textOf(context.in as AsyncIterable<Buffer>) });
}

async function textOf(input: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function dockerfileFor(context: Context, file: string | undefined): Promise<BuildPlace['dockerfile']> {
  if (file !== '-') return { path: file ?? 'Dockerfile' };
  return { text: await textOf(context.in as AsyncIterable<Buffer>) };
}

/** A stream that is an archive is the context; any other is the text of a Dockerfile, with nothing beside it. */
async function fromStream(source: AsyncIterable<Buffer>, file: string | undefined): Promise<BuildPlace> {
  const input = await peek(source);
  const path = file ?? 'Dockerfile';
  const nothing = { [Symbol.dispose]() {} };
  if (isArchive(input.head))
    return { dockerfile: { path }, pack: () => ({ dockerfile: path, tar: input.all }), ...nothing };
  if (file !== undefined)
    throw new ExitError(1, 'ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles');
  const body = Buffer.from(await textOf(input.all));
  const entry = makeEntry({ name: 'Dockerfile', type: 'file', size: body.length, mode: 0o644 });
  const pack = () => ({ dockerfile: path, tar: writeTar([{ entry, body }]) });
  return { dockerfile: { path }, pack, ...nothing };
}

/** The first bytes of a stream, as many as tell what it is, and the whole of it. */
async function peek(source: AsyncIterable<Buffer>): Promise<{ head: Buffer; all: AsyncIterable<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < ENOUGH) {
    const next = await iterator.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head, all: all() };
}

/** Where the magic of a tar ends. */
const ENOUGH = 262;

const isArchive = (head: Buffer): boolean =>
  head.subarray(257, 262).toString('latin1') === 'ustar' ||
  /^(1f8b|28b52ffd|fd377a|425a68)/.test(head.subarray(0, 4).toString('hex'));

function gzip(tar: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const { createGzip } = process.getBuiltinModule('node:zlib'); // most contexts are no archives
  return compose(tar, createGzip()) as AsyncIterable<Uint8Array>;
}
