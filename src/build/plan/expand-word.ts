import { messageOf } from '../../lib/errors.ts';
import type { Word } from '../instructions/types.ts';
import type { EscapeCharacter } from '../parse/directives.ts';
import { SourceError } from '../parse/dockerfile-error.ts';
import { expand, type Expanded, type Lookup } from '../../lib/expand/expander.ts';

export interface WordScope {
  readonly escape: EscapeCharacter;
  readonly lookup: Lookup;
  readonly onUnset?: (name: string, word: Word) => void;
}

/** Replaces the variables of an argument; errors name its place. */
export function expandWord(word: Word, scope: WordScope, raw = false): Expanded {
  try {
    return expand(word.text, {
      escape: scope.escape,
      lookup: scope.lookup,
      raw,
      onUnset: (name) => scope.onUnset?.(name, word),
    });
  } catch (error) {
    throw new SourceError(word.position, `failed to process ${shown(word.text)}: ${messageOf(error)}`);
  }
}

/** Enough of it to be found. */
const shown = (text: string): string => JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text);
