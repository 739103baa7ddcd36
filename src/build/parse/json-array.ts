/** What an argument text is under the rule "JSON array of strings, else text". */
export type JsonArray =
  | { readonly kind: 'strings'; readonly values: readonly string[] }
  | { readonly kind: 'not-strings' }
  | { readonly kind: 'text' };

/** Reads a JSON array at the start of the text. As Docker's parser does, it ignores what follows the closing bracket. */
export function readJsonArray(text: string): JsonArray {
  const trimmed = text.trimStart();
  const end = trimmed.startsWith('[') ? arrayEnd(trimmed) : undefined;
  if (end === undefined) return { kind: 'text' };
  let value: unknown;
  try {
    value = JSON.parse(trimmed.slice(0, end));
  } catch {
    return { kind: 'text' };
  }
  return isStrings(value) ? { kind: 'strings', values: value } : { kind: 'not-strings' };
}

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** The index after the bracket that closes the first one, strings regarded. */
function arrayEnd(text: string): number | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]]/gs)) {
    if (token === '[') depth += 1;
    else if (token === ']' && --depth === 0) return index + 1;
  }
  return undefined;
}
