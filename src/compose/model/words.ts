import { invalid } from '../../lib/errors.ts';

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n' };

/**
 * Splits a command line in words as Compose does: quotes and backslashes, no expansion. It is no shell: an operator (`;`, `&`, `|`,
 * `<` or `>`) ends the line, and a backslash counts in double quotes, too.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] as string;
    if (letter === '\\' && quote !== "'") {
      at += 1;
      if (at === line.length) throw invalid(`a backslash ends ${JSON.stringify(line)}`);
      word = (word ?? '') + (escapes[line[at] ?? ''] ?? line[at] ?? '');
    } else if (letter === quote) quote = '';
    else if (quote !== '') word = (word ?? '') + letter;
    else if (letter === "'" || letter === '"') {
      quote = letter;
      word ??= '';
    } else if (/[ \t\r\n]/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (letter === '(') throw invalid(`a bracket that is not in quotes in ${JSON.stringify(line)}`);
    else if (/[;&|<>]/.test(letter)) {
      if (letter === '>' && /^\d/.test(word ?? '')) word = undefined; // the number of a file in `2>x`
      break;
    } else word = (word ?? '') + letter;
  }
  if (quote !== '') throw invalid(`unclosed quote in ${JSON.stringify(line)}`);
  return word === undefined ? words : [...words, word];
}
