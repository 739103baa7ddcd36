import { nearest } from '../../lib/suggest.ts';
import { messageOf } from '../../lib/errors.ts';
import { parsePlatform } from '../../oci/platform.ts';
import type { EscapeCharacter } from '../parse/directives.ts';
import { SourceError } from '../parse/dockerfile-error.ts';
import { expandWord } from './expand-word.ts';
import type { Outline } from './outline.ts';

/** Refuses empty names and wrong platforms of base images, with a word about the variable that was probably meant. */
export function checkBases({ stages, globalArgs }: Outline, escape: EscapeCharacter): void {
  const nameless = stages.find(({ base }) => base.kind === 'image' && base.name === '')?.from.base;
  if (nameless) throw new SourceError(nameless.position, `base name (${nameless.text}) should not be blank`);
  for (const { platform: word } of stages.map(({ from }) => from)) {
    if (!word) continue;
    const unset: string[] = [];
    const lookup = (name: string): string | undefined => globalArgs.get(name);
    const text = expandWord(word, { escape, lookup, onUnset: (name) => unset.push(name) }).word;
    const problem =
      text === '' ? `empty platform value from expression ${word.text}` : problemOf(text, word.text);
    if (problem === undefined) continue;
    const meant = unset.map((name) => nearest(name, globalArgs.keys())).find(Boolean);
    throw new SourceError(
      word.position,
      meant === undefined ? problem : `${problem} (did you mean ${meant}?)`,
    );
  }
}

function problemOf(text: string, written: string): string | undefined {
  try {
    parsePlatform(text);
    return undefined;
  } catch (error) {
    return `failed to parse platform ${written}: ${messageOf(error)}`;
  }
}
