import { invalid } from '../../lib/errors.ts';

/** Splits a command line in words as a shell does: quotes and backslashes, no expansion. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] as string;
    if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (letter === "'") {
      const end = line.indexOf("'", at + 1);
      if (end < 0) throw invalid(`unclosed quote in ${JSON.stringify(line)}`);
      word = (word ?? '') + line.slice(at + 1, end);
      at = end;
    } else if (letter === '"') {
      const end = doubleQuoteEnd(line, at + 1);
      word = (word ?? '') + line.slice(at + 1, end).replace(/\\([\\"$`\n])/g, '$1');
      at = end;
    } else if (letter === '\\') {
      at += 1;
      word = (word ?? '') + (line[at] ?? '');
    } else word = (word ?? '') + letter;
  }
  return word === undefined ? words : [...words, word];
}

function doubleQuoteEnd(line: string, from: number): number {
  for (let at = from; at < line.length; at++) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === '"') return at;
  }
  throw invalid(`unclosed quote in ${JSON.stringify(line)}`);
}
