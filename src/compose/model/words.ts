import { invalid } from '../../lib/errors.ts';

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n' };

/** What a letter outside of quotes opens, and what closes it. */
const quotes: Readonly<Record<string, string>> = { "'": "'", '"': '"', '`': '`', $: ')' };

/**
 * Splits a command line in words as Compose does: quotes and backslashes, no expansion. It is no shell: an operator (`;`, `&`, `|`,
 * `<` or `>`) ends the line, a backslash counts in double quotes, too, and `$(…)` and backticks stay as they are.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let end = '';
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] as string;
    if (letter === '\\' && end !== "'") {
      at += 1;
      if (at === line.length) throw invalid(`a backslash ends ${JSON.stringify(line)}`);
      word = (word ?? '') + (escapes[line[at] ?? ''] ?? line[at] ?? '');
    } else if (end !== '') {
      if (letter !== end || isKept(letter)) word = (word ?? '') + letter;
      if (letter === end) end = '';
    } else if (Object.hasOwn(quotes, letter) && (letter !== '$' || line[at + 1] === '(')) {
      end = quotes[letter] ?? '';
      word = (word ?? '') + (isKept(end) ? letter : '');
    } else if (/[ \t\r\n]/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (/[()]/.test(letter))
      throw invalid(`a bracket that is not in quotes in ${JSON.stringify(line)}`);
    else if (/[;&|<>]/.test(letter)) {
      if (letter === '>' && /^\d/.test(word ?? '')) word = undefined; // the number of a file in `2>x`
      break;
    } else word = (word ?? '') + letter;
  }
  if (end !== '') throw invalid(`unclosed ${isKept(end) ? end : 'quote'} in ${JSON.stringify(line)}`);
  return word === undefined ? words : [...words, word];
}

/** Signs of a substitution stay in the word. */
const isKept = (letter: string): boolean => letter === '`' || letter === ')';
