import { textOfBytes, type ByteString } from '../byte-string.ts';
import { invalid } from '../errors.ts';

const PATH_MAX = 4096;

/** A member's name as a path below the root without `.`, `..` or double slashes; '' is the root. Throws when it would lead out. */
export function cleanName(name: ByteString, what = 'tar archive'): ByteString {
  if (name.length > PATH_MAX)
    throw invalid(`invalid ${what}: ${quote(name.slice(0, 100))}… is too long a name (${name.length} bytes)`);
  if (isPlain(name)) return name.endsWith('/') ? name.slice(0, -1) : name;
  const parts: ByteString[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined)
      throw invalid(`invalid ${what}: ${quote(name)} leads out of its root`);
  }
  return parts.join('/');
}

const quote = (name: ByteString): string => JSON.stringify(textOfBytes(name));

function isPlain(name: ByteString): boolean {
  const first = name.charCodeAt(0);
  return first !== 0x2f && first !== 0x2e && !name.includes('//') && !name.includes('/.');
}
