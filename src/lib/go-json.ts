import type { Value } from './go-document.ts';

/** JSON as Go's encoder writes it: `<`, `>` and `&` escaped; indented when `indent` is given. */
export function goJson(value: Value, indent = ''): string {
  return print(value, indent, indent === '' ? '' : '\n');
}

function print(value: Value, indent: string, line: string): string {
  if (typeof value === 'string') return goJsonText(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = line + (line === '' ? '' : indent);
  if (value instanceof Map) {
    const members = [...value].map(
      ([key, item]) => `${goJsonText(key)}:${line === '' ? '' : ' '}${print(item, indent, inner)}`,
    );
    return members.length === 0 ? '{}' : `{${inner}${members.join(`,${inner}`)}${line}}`;
  }
  const items = (value as readonly Value[]).map((item) => print(item, indent, inner));
  return items.length === 0 ? '[]' : `[${inner}${items.join(`,${inner}`)}${line}]`;
}

const goJsonText = (text: string): string =>
  JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
