import { randomInt } from 'node:crypto';
import { adjectives, surnames } from './words.ts';

/** A name such as `mellow_hopper`; later attempts add a digit. */
export function randomName(attempt: number): string {
  const pick = (words: readonly string[]): string => words[randomInt(words.length)] ?? '';
  const name = `${pick(adjectives)}_${pick(surnames)}`;
  return attempt === 0 ? name : `${name}${randomInt(10)}`;
}
