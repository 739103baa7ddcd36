import { problemAt } from './compose-error.ts';
import type { Place } from './tree.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What YAML leaves out of its characters (YAML 1.2, section 5.1), as far as it is below 128. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** The text of a YAML file: UTF-8, or UTF-16 where its byte order mark says so. Throws ComposeError at what is no text. */
export function yamlText(file: string, bytes: Buffer): string {
  const text = decode(file, bytes);
  const at = text.search(CONTROL);
  if (at < 0) return text;
  const code = text.charCodeAt(at).toString(16).padStart(2, '0');
  throw problemAt(
    placeIn(file, text, at),
    `control characters are not allowed: write "\\x${code}" in double quotes`,
  );
}

function decode(file: string, bytes: Buffer): string {
  const mark = bytes.length > 1 ? bytes.readUInt16BE(0) : 0;
  if (mark === 0xfffe) return new TextDecoder('utf-16le').decode(bytes);
  if (mark === 0xfeff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return utf8.decode(bytes);
  } catch {
    const text = bytes.toString();
    throw problemAt(
      placeIn(file, text, Math.max(0, text.indexOf('\uFFFD'))),
      'not UTF-8: save the file in that encoding',
    );
  }
}

function placeIn(file: string, text: string, at: number): Place {
  const before = text.slice(0, at).split('\n');
  return { file, line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
