import type { YAMLError } from 'yaml';

/** What is wrong with the YAML of a file: the letters from `start` to `end`. */
export interface YamlProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** The errors of the parser in words that say what to do. Of those that follow from each other the first is told, and all keys that stand twice. */
export function yamlProblems(errors: readonly YAMLError[], text: string): YamlProblem[] {
  const twice = errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  const first = errors.find(({ code }) => code !== 'DUPLICATE_KEY' && code !== 'TAG_RESOLVE_FAILED');
  return [...twice, ...(first ? [first] : [])].map((error) => problemOf(error, text));
}

function problemOf({ code, message, pos: [start, end] }: YAMLError, text: string): YamlProblem {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const line = lineFrom(text, lineStart);
  const here = (words: string): YamlProblem => ({ start, end, message: words });
  const dash = /^ *- ?/.exec(line);
  const tabs = /^ *(\t[\t ]*)/.exec(line);
  if (tabs || code === 'TAB_AS_INDENT')
    return {
      start: lineStart + line.indexOf('\t'),
      end: lineStart + line.indexOf('\t') + (tabs?.[1]?.length ?? 1),
      message: 'a tab can not indent YAML: use blanks',
    };
  if (dash && code === 'BLOCK_AS_IMPLICIT_KEY')
    return {
      start: lineStart + line.indexOf('-'),
      end: lineStart + line.length,
      message: 'an item of a list can not stand here: indent it as the items above, or give the list a key',
    };
  switch (code) {
    case 'DUPLICATE_KEY':
      return duplicate(start, text);
    case 'BLOCK_AS_IMPLICIT_KEY':
      return /:\s/.test(text.slice(start, lineStart + line.length))
        ? here('a colon and a blank begin a mapping: put the value in quotes')
        : here(
            'something is indented below this value, which a value can not have: indent it less, or put a colon behind the key above',
          );
    case 'MULTILINE_IMPLICIT_KEY':
      return { start, end: lineStart + line.length, message: 'a colon is missing behind this key' };
    case 'BAD_INDENT':
      return /sequence|map/.test(message) && /end with/.test(message)
        ? notClosed(start, text, message.includes('sequence') ? '[' : '{')
        : here(indentation(line));
    case 'MISSING_CHAR':
      return missing(message, start, text) ?? here(plain(message));
    case 'BAD_SCALAR_START':
      return here(`a value can not begin with ${text[start]}: put it in quotes`);
    case 'BAD_DQ_ESCAPE':
      return here(
        `${text.slice(start, start + 2)} is no escape that YAML knows: write \\${text.slice(start, start + 2)}, or use single quotes`,
      );
    default:
      return here(plain(message));
  }
}

const lineFrom = (text: string, start: number): string => text.slice(start).split('\n', 1)[0] ?? '';

const plain = (message: string): string =>
  (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');

const indentation = (line: string): string =>
  `keys of one mapping stand below each other, this one is ${/^ */.exec(line)?.[0].length ?? 0} blanks in`;

/** The same key at the same depth above, and where. */
function duplicate(start: number, text: string): YamlProblem {
  const key = /^("[^"]*"|'[^']*'|[^:\n,}]*)/.exec(text.slice(start))?.[0].trim() ?? '';
  const column = start - text.lastIndexOf('\n', start - 1) - 1;
  const lines = text.slice(0, start).split('\n');
  const first = lines.slice(0, -1).findLastIndex((line) => line.slice(column).startsWith(`${key}:`));
  const where = first < 0 ? '' : ` at line ${first + 1}`;
  return {
    start,
    end: start + key.length,
    message: `mapping key ${JSON.stringify(key)} already defined${where}: join the two`,
  };
}

/** The bracket that nothing closes. */
function notClosed(from: number, text: string, bracket: '[' | '{'): YamlProblem {
  const closing = bracket === '[' ? ']' : '}';
  let depth = 0;
  let at = from - 1;
  for (; at >= 0; at -= 1) {
    if (text[at] === closing) depth += 1;
    else if (text[at] === bracket) depth -= 1;
    if (depth < 0) break;
  }
  const start = Math.max(0, at);
  return { start, end: start + 1, message: `this ${bracket} is never closed: ${closing} is missing` };
}

/** The quote that nothing closes. */
function missing(message: string, from: number, text: string): YamlProblem | undefined {
  const quote = /Missing closing (["'])/.exec(message)?.[1];
  if (quote === undefined)
    return /Expected .*\]|flow sequence/i.test(message)
      ? notClosed(from, text, '[')
      : /Expected .*\}|flow map/i.test(message)
        ? notClosed(from, text, '{')
        : undefined;
  const at = text.lastIndexOf(quote, from - 1);
  const start = at < 0 ? from : at;
  return { start, end: start + 1, message: `this ${quote} is never closed` };
}
