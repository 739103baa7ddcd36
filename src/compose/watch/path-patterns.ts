import { relative } from 'node:path';
import { cleanPattern, IgnorePatterns } from '../../lib/ignore.ts';

/** Patterns as in .dockerignore, of paths below a directory. */
export class PathPatterns {
  private readonly base: string;
  private readonly patterns: IgnorePatterns;

  /** `base` is absolute. Of patterns with a `*` that takes all, only the exceptions count, as Compose has it. */
  constructor(base: string, patterns: readonly string[]) {
    const cleaned = patterns.map((pattern) => cleanPattern(pattern.trim())).filter((it) => it !== '');
    this.base = base;
    this.patterns = new IgnorePatterns(
      cleaned.includes('*') ? cleaned.filter((pattern) => pattern.startsWith('!')) : cleaned,
    );
  }

  get isEmpty(): boolean {
    return this.patterns.isEmpty;
  }

  /** Whether they match a path or a directory above it, the base not counted. */
  matches(path: string): boolean {
    const inside = this.below(path);
    return inside !== undefined && this.patterns.ignores(inside);
  }

  /** Whether they match a directory and all that may ever be in it. */
  matchesAllOf(directory: string): boolean {
    const inside = this.below(directory);
    return inside !== undefined && this.patterns.ignores(inside) && !this.patterns.mayKeepBelow(inside);
  }

  private below(path: string): string | undefined {
    const inside = relative(this.base, path);
    return inside === '' || inside === '..' || inside.startsWith('../') ? undefined : inside;
  }
}

/** What editors and tools leave beside the files that one works on, and git's own directory. */
export const ephemeral = new PathPatterns('/', [
  '**/.git',
  '**/.idea/**',
  '**/*___jb_old___',
  '**/*___jb_tmp___',
  '**/.#*',
  '**/#*#',
  '**/4913',
  '**/*~',
  '**/.*.swp',
  '**/.*.swx',
  '**/.*.swo',
  '**/.*.swn',
  '**/.*.kate-swp',
  '**/*-go-tmp-umask',
]);
