import { problemAt } from './compose-error.ts';
import { type Environment, interpolate, type InterpolateOptions } from './interpolate.ts';
import type { Place } from './tree.ts';

export interface DotenvOptions {
  /** Variables that come before those of the file. */
  readonly outer?: Environment;
  /** Variables of files before this one: they are in the result, too. */
  readonly known?: Environment;
  /** Told of each variable that is not set and has no default. */
  readonly onUnset?: InterpolateOptions['onUnset'];
  /** Told of each variable of the file and where it has its value. */
  readonly onValue?: (name: string, place: Place) => void;
}

/**
 * Parses an env file: `NAME=value`, `export NAME=value`, `NAME: value`, comments, single quotes (as they are), double quotes (with
 * escapes), both over several lines, and variables in unquoted and double-quoted values. A name without a value takes it from
 * outside.
 */
export function parseDotenv(file: string, text: string, options: DotenvOptions = {}): Record<string, string> {
  const values: Record<string, string> = { ...options.known };
  /** What variables in values stand for. */
  const environment = { ...values, ...options.outer };
  const set = (name: string, value: string): void => {
    values[name] = value;
    if (!Object.hasOwn(options.outer ?? {}, name)) environment[name] = value;
  };
  const source = text.replace(/^\uFEFF/, '');
  const lines = source.split('\n');
  const lineAt = lineCounter(source);
  const placeAt = (at: number): Place => {
    const line = lineAt(at);
    const whole = (lines[line - 1] ?? '').replace(/\r$/, '');
    return { file, line, column: 1, text: whole, length: whole.length };
  };
  const onUnset = (place: Place): Pick<InterpolateOptions, 'onUnset'> =>
    options.onUnset ? { onUnset: (name, where) => options.onUnset?.(name, { ...where, place }) } : {};
  for (let at = nextStatement(source, 0); at < source.length; at = nextStatement(source, at)) {
    const start = at;
    const fail = (message: string): Error => problemAt(placeAt(start), message);
    const name = readName(source, at, fail);
    at = name.end;
    options.onValue?.(name.text, placeAt(start));
    if (name.alone) {
      const value = options.outer?.[name.text] ?? values[name.text];
      if (value !== undefined) set(name.text, value);
      continue;
    }
    const value = readValue(source, at, fail);
    at = value.end;
    set(
      name.text,
      value.isLiteral
        ? value.text
        : interpolate(value.text, { environment, ...onUnset(placeAt(start)) }, fail),
    );
  }
  return values;
}

/** The number of the line that a place is in; to be asked from the top to the bottom. */
function lineCounter(source: string): (at: number) => number {
  let line = 1;
  let counted = 0;
  return (at) => {
    for (; counted < at; counted += 1) if (source[counted] === '\n') line += 1;
    return line;
  };
}

/** Behind blanks, empty lines and comments. */
function nextStatement(source: string, at: number): number {
  return at + (/^(?:\s+|#[^\n]*)*/.exec(source.slice(at))?.[0].length ?? 0);
}

interface Name {
  readonly text: string;
  /** Without `=`. */
  readonly alone: boolean;
  readonly end: number;
}

function readName(source: string, start: number, fail: (message: string) => Error): Name {
  const at = start + (/^export[^\S\n]+/.exec(source.slice(start))?.[0].length ?? 0);
  const [line = ''] = source.slice(at).split('\n', 1);
  const [text = ''] = /^[^=:]*/.exec(line) ?? [];
  const wrong = /[^\p{L}\p{N}_.\-[\]\s]/u.exec(text)?.[0];
  if (wrong !== undefined)
    throw fail(`unexpected character ${JSON.stringify(wrong)} in variable name ${JSON.stringify(line)}`);
  const name = text.trim();
  if (/\s/.test(name)) throw fail(`key cannot contain a space: ${JSON.stringify(name)}`);
  const alone = text.length === line.length;
  const end = at + text.length + (alone ? 0 : 1);
  return { text: name, alone, end: end + (/^[^\S\n]*/.exec(source.slice(end))?.[0].length ?? 0) };
}

interface RawValue {
  readonly text: string;
  /** No variables in it. */
  readonly isLiteral: boolean;
  readonly end: number;
}

function readValue(source: string, at: number, fail: (message: string) => Error): RawValue {
  const quote = source[at];
  if (quote !== '"' && quote !== "'") {
    const [line = ''] = source.slice(at).split('\n', 1);
    const [value = ''] = line.split(' #', 1);
    return { text: value.trimEnd(), isLiteral: false, end: at + line.length };
  }
  const end = closingQuote(source, at);
  if (end < 0) throw fail(`unterminated quoted value ${source.slice(at).split('\n', 1)[0]}`);
  const text = source.slice(at + 1, end).replaceAll(`\\${quote}`, quote);
  return quote === '"'
    ? { text: unescape(text), isLiteral: false, end: end + 1 }
    : { text, isLiteral: true, end: end + 1 };
}

function closingQuote(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === source[start]) return at;
  }
  return -1;
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '\\': '\\',
  // An escaped dollar is what `$$` is to interpolation.
  $: '$$',
};

const unescape = (text: string): string =>
  text.replace(/\\(?:([abfnrtv$"\\])|0(\d{3}))/g, (whole, letter?: string, octal?: string) =>
    letter !== undefined ? (escapes[letter] ?? whole) : String.fromCharCode(Number.parseInt(octal ?? '', 8)),
  );
