import { invalid } from './errors.ts';
import { compileGlob, type Glob } from './glob.ts';

/** What a directory's place in a walk means for the patterns; made by IgnorePatterns.enter. */
export interface IgnoreScope {
  readonly path: string;
  readonly ignored: boolean;
  /** By pattern: whether it matches this path or a directory above it. */
  readonly matched: readonly boolean[];
}

interface Pattern {
  readonly glob: Glob;
  readonly negated: boolean;
}

/**
 * The rules of a .dockerignore file (Docker build reference, "dockerignore"): the last pattern that matches a path or a directory
 * above it decides; `!` takes back. Paths are relative with slashes.
 */
export class IgnorePatterns {
  private readonly patterns: readonly Pattern[];

  /** Throws `invalid` for a malformed pattern. */
  constructor(patterns: readonly string[]) {
    this.patterns = patterns.map(compile);
  }

  get isEmpty(): boolean {
    return this.patterns.length === 0;
  }

  /** The scope of the root of a walk. */
  readonly root: IgnoreScope = { path: '', ignored: false, matched: [] };

  /** The scope of one entry of the directory that `scope` stands for. */
  enter(scope: IgnoreScope, name: string): IgnoreScope {
    const path = scope.path === '' ? name : `${scope.path}/${name}`;
    let ignored = false;
    const matched = this.patterns.map(({ glob, negated }, index) => {
      const matches = scope.matched[index] === true || glob.matches(path);
      if (matches) ignored = !negated;
      return matches;
    });
    return { path, ignored, matched };
  }

  ignores(path: string): boolean {
    return path.split('/').reduce<IgnoreScope>((scope, name) => this.enter(scope, name), this.root).ignored;
  }

  /** Whether something below an ignored directory may be taken back, so that a walk must look into it. */
  mayKeepBelow(directory: string): boolean {
    return this.patterns.some(({ glob, negated }) => negated && glob.reachesBelow(directory));
  }
}

function compile(text: string): Pattern {
  const negated = text.startsWith('!');
  const pattern = negated ? text.slice(1) : text;
  if (pattern === '') throw invalid(`illegal exclusion pattern: ${JSON.stringify(text)}`);
  return { glob: compileGlob(pattern), negated };
}

/** The patterns in the text of an ignore file, cleaned: comments and blank lines left out, no leading or trailing slashes. */
export function readIgnoreFile(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => cleanPattern(line.trim()))
    .filter((pattern) => pattern !== '');
}

/** Cleans one pattern: `!` kept, `.` and `..` resolved, no slash in front or behind. */
export function cleanPattern(text: string): string {
  if (text.startsWith('!')) return `!${cleanPath(text.slice(1).trim())}`;
  return cleanPath(text);
}

function cleanPath(text: string): string {
  const names: string[] = [];
  const isAbsolute = text.startsWith('/');
  for (const name of text.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') names.push(name);
    else if (names.length > 0 && names.at(-1) !== '..') names.pop();
    else if (!isAbsolute) names.push(name); // matches nothing
  }
  return names.join('/') || (text === '' ? '' : '.');
}
