import { createReadStream } from 'node:fs';
import { makeNode, S_IFBLK, S_IFCHR, S_IFIFO } from '../../../kernel/mknod.ts';
import { isKeptXattr } from '../../../kernel/kept-xattrs.ts';
import { writeXattr } from '../../../kernel/xattr.ts';
import { asPath, type ByteString, textOfBytes } from '../../../lib/byte-string.ts';
import { decompress } from '../../../lib/compression.ts';
import { EngineError, invalid } from '../../../lib/errors.ts';
import { BLOCK } from '../../../lib/tar/entry.ts';
import { type ExtraCalls, extractTar } from '../../../lib/tar/extract.ts';
import { TarParser } from '../../../lib/tar/parser.ts';
import type { Owner } from './attributes.ts';

/** Whether a file is a tar archive, compressed or not. What only looks compressed is none. */
export async function isArchive(path: ByteString): Promise<boolean> {
  let entries = 0;
  const parser = new TarParser({ entry: () => void (entries += 1), data() {}, entryEnd() {} });
  const source = createReadStream(asPath(path), { highWaterMark: 64 << 10 });
  try {
    let read = 0;
    for await (const chunk of decompress(source)) {
      parser.push(chunk);
      read += chunk.length;
      if (entries > 0 || read > 64 * BLOCK) break;
    }
    return entries > 0;
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  } finally {
    source.destroy();
  }
}

/** ADD: extracts an archive below `directory`, which is the root of all its paths and links. */
export async function unpackArchive(
  path: ByteString,
  directory: ByteString,
  owner: Owner | undefined,
): Promise<void> {
  const source = createReadStream(asPath(path), { highWaterMark: 1 << 20 });
  await extractTar(decompress(source), textOfBytes(directory), { owner: owner ?? 'archive', calls });
}

const types = { character: S_IFCHR, block: S_IFBLK, fifo: S_IFIFO } as const;

const calls: ExtraCalls = {
  makeNode(path, type, mode, major, minor) {
    if (type === 'character' && major === 0 && minor === 0)
      throw invalid('a device 0:0 would delete a file of the image');
    makeNode(path, types[type] | mode, major, minor);
  },
  writeXattr(path, name, value) {
    if (isKeptXattr(name)) writeXattr(path, name, value);
  },
};
