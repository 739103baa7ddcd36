import { chmodSync, lchownSync, mkdirSync, statSync } from 'node:fs';
import { asPath, type ByteString, textOfBytes } from '../../../lib/byte-string.ts';
import { hasCode, invalid } from '../../../lib/errors.ts';
import type { Owner } from './attributes.ts';
import { resolvePath } from './resolve-path.ts';

/** Makes a directory and those above it, as far as they are missing, and returns its place in `root`. New ones get owner and mode. */
export function makeDirectories(
  root: ByteString,
  path: ByteString,
  { owner, mode }: { readonly owner: Owner; readonly mode: number },
): ByteString {
  const resolved = resolvePath(root, path);
  let done = '';
  for (const name of resolved === '' ? [] : resolved.split('/')) {
    done = done === '' ? name : `${done}/${name}`;
    const full = asPath(`${root}/${done}`);
    try {
      mkdirSync(full, { mode });
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      if (statSync(full).isDirectory()) continue;
      throw invalid(`cannot create directory /${textOfBytes(done)}: a file is in the way`);
    }
    lchownSync(full, owner.uid, owner.gid);
    chmodSync(full, mode);
  }
  return resolved;
}
