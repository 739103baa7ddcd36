/** A shell pattern of `${name#pattern}` and its like: characters, `?` and `*`. */
type Token = { readonly kind: 'character'; readonly text: string } | { readonly kind: 'any' | 'star' };

export type ShellPattern = readonly Token[];

/** Parses a pattern. A backslash takes the meaning from what has one here; throws Error before anything else. */
export function parseShellPattern(text: string): ShellPattern {
  const tokens: Token[] = [];
  const characters = Array.from(text);
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '*') tokens.push({ kind: 'star' });
    else if (character === '?') tokens.push({ kind: 'any' });
    else if (character === '\\') tokens.push({ kind: 'character', text: escaped(characters[++at], text) });
    else tokens.push({ kind: 'character', text: character });
  }
  return tokens;
}

function escaped(character: string | undefined, pattern: string): string {
  if (character !== undefined && '*?\\/}'.includes(character)) return character;
  throw new Error(`invalid pattern (${pattern}) in substitution: invalid escape '\\${character ?? ''}'`);
}

/** Characters that may be looked at, over all places and ways: about a second. */
const MOST_STEPS = 3_000_000;

interface Effort {
  steps: number;
}

/** All ends of matches that start at `start`, in ascending order. Follows every way at once, so no pattern makes it slow. */
export function matchEnds(
  pattern: ShellPattern,
  value: readonly string[],
  start: number,
  effort: Effort = { steps: 0 },
): number[] {
  const ends: number[] = [];
  let states = closure(new Set([0]), pattern);
  for (let at = start; ; at += 1) {
    if (states.has(pattern.length)) ends.push(at);
    const character = value[at];
    if (character === undefined || states.size === 0) return ends;
    effort.steps += states.size;
    if (effort.steps > MOST_STEPS)
      throw new Error('a pattern with stars takes too long on a value that long');
    const next = new Set<number>();
    for (const state of states) {
      const token = pattern[state];
      if (token?.kind === 'star') next.add(state);
      else if (token?.kind === 'any' || (token?.kind === 'character' && token.text === character))
        next.add(state + 1);
    }
    states = closure(next, pattern);
  }
}

/** A star may also match nothing. */
function closure(states: Set<number>, pattern: ShellPattern): Set<number> {
  for (const state of states) if (pattern[state]?.kind === 'star') states.add(state + 1);
  return states;
}

/** `${value#pattern}`, greedy `##`: without the shortest or longest match at the front. */
export function trimPrefix(value: string, pattern: ShellPattern, greedy: boolean): string {
  const characters = Array.from(value);
  const ends = matchEnds(pattern, characters, 0);
  return characters.slice((greedy ? ends.at(-1) : ends[0]) ?? 0).join('');
}

/** `${value%pattern}`, greedy `%%`: without the shortest or longest match at the end. */
export function trimSuffix(value: string, pattern: ShellPattern, greedy: boolean): string {
  const reversed = Array.from(value).toReversed();
  const ends = matchEnds(pattern.toReversed(), reversed, 0);
  return reversed
    .slice((greedy ? ends.at(-1) : ends[0]) ?? 0)
    .toReversed()
    .join('');
}

/** `${value/pattern/replacement}`, `//` for all, until the result has `most` characters. Each match is the longest at its place; an empty one right behind another doesn't count. */
export function replace(
  value: string,
  pattern: ShellPattern,
  replacement: string,
  most: number | undefined,
): string {
  const characters = Array.from(value);
  let result = '';
  let last = -1;
  const effort = { steps: 0 };
  for (let at = 0; at <= characters.length;) {
    const end = matchEnds(pattern, characters, at, effort).at(-1);
    if (end !== undefined && end !== last) {
      result += replacement;
      if (most === undefined) return result + characters.slice(end).join('');
      if (result.length > most) return result;
      last = end;
    }
    if (end === undefined || end === at) result += characters[at++] ?? '';
    else at = end;
  }
  return result;
}
