import { problemAt } from './compose-error.ts';
import { type Environment, interpolate } from './interpolate.ts';

/**
 * Parses an env file: `NAME=value`, `export NAME=value`, `NAME: value`, comments, single quotes (as they are), double quotes (with
 * escapes, over several lines) and variables in unquoted and double-quoted values. A name without a value takes it from `outer`.
 */
export function parseDotenv(file: string, text: string, outer: Environment = {}): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as string;
    const place = { file, line: index + 1, column: 1 };
    if (/^\s*(#|$)/.test(line)) continue;
    const match = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*(?:[=:]\s*(.*))?$/.exec(line);
    if (!match)
      throw problemAt(place, `unexpected ${JSON.stringify(line.trim().slice(0, 40))}: want NAME=value`);
    const [, name = '', raw] = match;
    if (raw === undefined) {
      if (outer[name] !== undefined) values[name] = outer[name];
      continue;
    }
    const quote = raw[0] === '"' || raw[0] === "'" ? raw[0] : undefined;
    const { text: value, lines: used } =
      quote === undefined
        ? { text: raw.replace(/\s+#.*$/, '').trim(), lines: 0 }
        : quoted(raw, quote, lines, index, () => problemAt(place, `unterminated quoted value of ${name}`));
    index += used;
    values[name] =
      quote === "'"
        ? value
        : interpolate(
            quote === '"' ? unescape(value) : value,
            { environment: { ...values, ...outer } },
            (message) => problemAt(place, message),
          );
  }
  return values;
}

function quoted(
  raw: string,
  quote: string,
  lines: readonly string[],
  index: number,
  fail: () => Error,
): { text: string; lines: number } {
  let body = raw.slice(1);
  for (let used = 0; ; used++) {
    const end = closingQuote(body, quote);
    if (end >= 0) return { text: body.slice(0, end), lines: used };
    const next = lines[index + used + 1];
    if (next === undefined) throw fail();
    body += `\n${next}`;
  }
}

function closingQuote(text: string, quote: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\' && quote === '"') at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
  $: '$$',
};

const unescape = (text: string): string =>
  text.replace(/\\(.)/g, (whole, letter: string) => escapes[letter] ?? whole);
