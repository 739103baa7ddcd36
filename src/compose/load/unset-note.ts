import { nearest } from '../../lib/suggest.ts';
import type { Note } from './compose-error.ts';
import type { Environment, Where } from './interpolate.ts';
import { type Place, within } from './tree.ts';

export const unsetWarning = (name: string): string =>
  `The ${JSON.stringify(name)} variable is not set. Defaulting to a blank string.`;

/** Where a variable that is not set stands, and what was probably meant by it. */
export function unsetNote(
  name: string,
  { place, written, text }: Where & { place: Place },
  known: Environment,
): Note {
  return {
    about: unsetWarning(name),
    place: within(place, written),
    message: isPartOfWord(written, text)
      ? `${written} is taken for a variable, and nothing is left of it: write $${written} to keep the dollar sign`
      : meantBy(name, known),
  };
}

/** `$` within a word that has no braces, as in a password. */
const isPartOfWord = (written: string, text: string): boolean => {
  const before = text[text.indexOf(written) - 1];
  return !written.startsWith('${') && before !== undefined && /[\w!#%&*+.?@^~-]/.test(before);
};

function meantBy(name: string, known: Environment): string {
  const near = nearest(name, Object.keys(known));
  return near === undefined
    ? `${name} is neither in the shell nor in .env: set it, give a default (\${${name}:-…}), or write $$ for a dollar sign`
    : `${name} is neither in the shell nor in .env (did you mean ${near}?)`;
}
