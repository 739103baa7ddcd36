import { splitCsv } from '../../lib/csv.ts';
import { invalid } from '../../lib/errors.ts';
import type { BuildOption } from '../../wire/build.ts';

/** `type=…,name=value,…`; names are taken in lower case. `what` is for messages. */
export function parseOption(text: string, what: string): BuildOption {
  const attributes: Record<string, string> = {};
  for (const field of splitCsv(text)) {
    const equals = field.indexOf('=');
    if (equals < 0) throw invalid(`invalid value ${field}`);
    attributes[field.slice(0, equals).trim().toLowerCase()] = field.slice(equals + 1);
  }
  const { type, ...rest } = attributes;
  if (!type) throw invalid(what === 'output' ? 'type is required for output' : `type required for "${text}"`);
  return { type, attributes: rest };
}

/** Caches as `--cache-from` and `--cache-to` name them: `NAME,…` of registries, or `type=…,…`. */
export function parseCaches(texts: readonly string[]): BuildOption[] {
  return texts
    .filter(Boolean)
    .flatMap((text) =>
      text.includes('=')
        ? [parseOption(text, 'cache')]
        : splitCsv(text).map((ref) => ({ type: 'registry', attributes: { ref } })),
    );
}
