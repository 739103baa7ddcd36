import { internal } from '../errors.ts';
import { encodeHeader } from './encode.ts';
import { paddingOf, trailer, type TarEntry } from './entry.ts';

/** A member to write; the body must have exactly `entry.size` bytes. */
export interface TarMember {
  readonly entry: TarEntry;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

/** Writes an archive (ustar, with PAX where needed) of members as they come. */
export async function* writeTar(
  members: AsyncIterable<TarMember> | Iterable<TarMember>,
): AsyncGenerator<Uint8Array> {
  for await (const { entry, body = new Uint8Array() } of members) {
    yield encodeHeader(entry);
    let size = 0;
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      size += chunk.length;
      if (chunk.length > 0) yield chunk;
    }
    if (size !== entry.size)
      throw internal(`archive member ${entry.name}: ${size} bytes instead of ${entry.size}`);
    const padding = paddingOf(size);
    if (padding > 0) yield trailer.subarray(0, padding);
  }
  yield trailer;
}
