import { textOfBytes, type ByteString } from '../byte-string.ts';
import { invalid } from '../errors.ts';

/** A member's name as a path below the root without `.`, `..` or double slashes; '' is the root. Throws when it would lead out. */
export function cleanName(name: ByteString): ByteString {
  if (isPlain(name)) return name.endsWith('/') ? name.slice(0, -1) : name;
  const parts: ByteString[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined)
      throw invalid(`invalid tar archive: ${JSON.stringify(textOfBytes(name))} leads out of its root`);
  }
  return parts.join('/');
}

function isPlain(name: ByteString): boolean {
  const first = name.charCodeAt(0);
  return first !== 0x2f && first !== 0x2e && !name.includes('//') && !name.includes('/.');
}
