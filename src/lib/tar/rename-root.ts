import type { ByteString } from '../byte-string.ts';
import type { TarFile } from './read.ts';
import { readTar } from './read.ts';
import { writeTar } from './write.ts';

/** Renames the first part of every member's name; `''` drops it, so that what was in a directory lies at the top. */
export async function* renameRoot(
  source: AsyncIterable<Uint8Array>,
  from: ByteString,
  to: ByteString,
): AsyncGenerator<Uint8Array> {
  yield* writeTar(members(source, from, to));
}

async function* members(
  source: AsyncIterable<Uint8Array>,
  from: ByteString,
  to: ByteString,
): AsyncGenerator<TarFile> {
  for await (const { entry, body } of readTar(source)) {
    const name = renamed(entry.name, from, to);
    if (name === '') continue;
    yield {
      entry: {
        ...entry,
        name,
        linkName: entry.type === 'hardlink' ? renamed(entry.linkName, from, to) : entry.linkName,
      },
      body,
    };
  }
}

function renamed(name: ByteString, from: ByteString, to: ByteString): ByteString {
  const clean = name.replace(/^(\.?\/)+/, '');
  const isRoot = from === '/' || from === '.'; // which no name begins with once it is clean
  if (!isRoot && clean !== from && !clean.startsWith(`${from}/`)) return clean;
  const rest = isRoot ? clean : clean.slice(from.length).replace(/^\//, '');
  return to === '' ? rest : rest === '' ? (name.endsWith('/') ? `${to}/` : to) : `${to}/${rest}`;
}
