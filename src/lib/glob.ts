import { invalid } from './errors.ts';

/** A compiled path pattern: Go's filepath.Match with `**` for any number of directories (moby/patternmatcher). */
export interface Glob {
  /** Whether the whole of a slash-separated relative path matches. */
  matches(path: string): boolean;
  /** Whether some path below this directory could match. */
  reachesBelow(directory: string): boolean;
}

const anyDepth = Symbol('**');
type Segment = string | RegExp | typeof anyDepth;

/** Whether a pattern has any character with a meaning. */
export const hasWildcards = (pattern: string): boolean => /[*?[\\]/.test(pattern);

/** Compiles a pattern; throws `invalid` when it is malformed. Matching takes time linear in the path, whatever the pattern. */
export function compileGlob(pattern: string): Glob {
  if (!hasWildcards(pattern)) return literalGlob(pattern);
  const segments = pattern.split('/').map((text) => compileSegment(text, pattern));
  return {
    matches: (path) => matchSegments(segments, path.split('/')),
    reachesBelow: (directory) => reaches(segments, directory.split('/')),
  };
}

function literalGlob(pattern: string): Glob {
  return {
    matches: (path) => path === pattern,
    reachesBelow: (directory) => pattern.startsWith(`${directory}/`),
  };
}

/** One star is backtracked to at most: the last `**`, as a later one can do all that an earlier one could. */
function matchSegments(segments: readonly Segment[], names: readonly string[]): boolean {
  let at = 0;
  let back: { segment: number; name: number } | undefined;
  for (let name = 0; name < names.length;) {
    const segment = segments[at];
    if (segment === anyDepth) {
      if (at === segments.length - 1) return true;
      back = { segment: ++at, name };
    } else if (segment !== undefined && matchName(segment, names[name] ?? '')) {
      at += 1;
      name += 1;
    } else if (back) {
      back.name += 1;
      at = back.segment;
      name = back.name;
    } else return false;
  }
  return at === segments.length;
}

function reaches(segments: readonly Segment[], directory: readonly string[]): boolean {
  for (const [index, name] of directory.entries()) {
    const segment = segments[index];
    if (segment === anyDepth) return true;
    if (segment === undefined || !matchName(segment, name)) return false;
  }
  return segments.length > directory.length;
}

const matchName = (segment: string | RegExp, name: string): boolean =>
  typeof segment === 'string' ? segment === name : segment.test(name);

/**
 * A segment as a regular expression. Pieces between stars have a fixed length, so the leftmost place of each is as good as any:
 * a lookahead with a back reference fixes it, and nothing is tried twice.
 */
function compileSegment(text: string, pattern: string): Segment {
  if (text === '**') return anyDepth;
  if (!hasWildcards(text)) return text;
  const pieces = splitAtStars(text, pattern);
  const last = pieces.length - 1;
  const source = pieces.map((piece, index) => {
    if (index === 0) return `^${piece}`;
    return index === last ? `.*${piece}` : `(?=(.*?${piece}))\\${index}`;
  });
  return new RegExp(`${source.join('')}$`, 'su');
}

function splitAtStars(text: string, pattern: string): string[] {
  const pieces = [''];
  const add = (source: string): void => {
    pieces.push(`${pieces.pop() ?? ''}${source}`);
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '*') {
      if (text[at - 1] !== '*') pieces.push('');
    } else if (character === '?') add('.');
    else if (character === '\\') {
      at += 1;
      add(quote(text[at] ?? '\\'));
    } else if (character === '[') {
      const { source, end } = compileClass(text, at, pattern);
      add(source);
      at = end;
    } else add(quote(character));
  }
  return pieces;
}

const quote = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');

function compileClass(text: string, start: number, pattern: string): { source: string; end: number } {
  const match = /^\[(\^?)((?:\\.|[^\]\\])+)\]/s.exec(text.slice(start));
  if (!match) throw invalid(`syntax error in pattern ${JSON.stringify(pattern)}`);
  const [whole, negated = '', body = ''] = match;
  const source = body.replace(/\\(.)|([[\]{}()|/^$.*+?&~!#%,:;<=>@`])/gs, (_, escaped, plain) =>
    quoteInClass(String(escaped ?? plain)),
  );
  try {
    new RegExp(`[${negated}${source}]`, 'su');
  } catch {
    throw invalid(`syntax error in pattern ${JSON.stringify(pattern)}`);
  }
  return { source: `[${negated}${source}]`, end: start + whole.length - 1 };
}

const quoteInClass = (character: string): string =>
  /[\\\]^\-[/]/.test(character) ? `\\${character}` : character;
