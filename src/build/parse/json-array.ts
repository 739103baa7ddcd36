/** What an argument text is under the rule "JSON array of strings, else text". */
export type JsonArray =
  | { readonly kind: 'strings'; readonly values: readonly string[] }
  | { readonly kind: 'not-strings' }
  | { readonly kind: 'text' };

/** Reads a text that is a JSON array and nothing more. */
export function readJsonArray(text: string): JsonArray {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'text' };
  }
  if (!Array.isArray(value)) return { kind: 'text' };
  return value.every((item) => typeof item === 'string')
    ? { kind: 'strings', values: value }
    : { kind: 'not-strings' };
}
