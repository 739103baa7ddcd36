import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { asPath, bytesOfText, type ByteString, textOfBytes } from '../../../lib/byte-string.ts';
import { hasCode } from '../../../lib/errors.ts';
import { IgnorePatterns, type IgnoreScope } from '../../../lib/ignore.ts';

/** Where COPY and ADD read from. Plain data: it goes to worker threads. */
export interface TreeSource {
  readonly root: string;
  /** Of the .dockerignore file; [] for an image. */
  readonly ignore: readonly string[];
  /** Files of a context belong to root, whoever owns them there; those of an image keep their owner. */
  readonly isContext: boolean;
}

export interface TreeEntry {
  /** Relative to the root of the source; '' is the root. */
  readonly path: ByteString;
  readonly stats: Stats;
}

/** The files of a source without those that are ignored. Paths are byte strings relative to its root, without symlinks. */
export class SourceTree {
  readonly root: ByteString;
  readonly isContext: boolean;
  private readonly patterns: IgnorePatterns;

  constructor({ root, ignore, isContext }: TreeSource) {
    this.root = bytesOfText(root);
    this.isContext = isContext;
    this.patterns = new IgnorePatterns(ignore);
  }

  pathOf(path: ByteString): ByteString {
    return path === '' ? this.root : `${this.root}/${path}`;
  }

  /** The entry at a path; undefined when there is none, or when it is ignored. */
  entry(path: ByteString): TreeEntry | undefined {
    const stats = this.stats(path);
    if (!stats) return undefined;
    if (this.patterns.isEmpty || path === '') return { path, stats };
    const scope = this.scopeOf(path);
    if (!scope.ignored) return { path, stats };
    return stats.isDirectory() && this.holdsKept(path, scope) ? { path, stats } : undefined;
  }

  /** What is in a directory, sorted by name. */
  *children(directory: ByteString): Generator<TreeEntry> {
    yield* this.childrenIn(directory, this.scopeOf(directory));
  }

  /** All entries below a directory, each after the directory that it is in; `isSkipped` leaves out an entry with all below it. */
  *walk(directory: ByteString, isSkipped: (path: ByteString) => boolean = () => false): Generator<TreeEntry> {
    yield* this.walkIn(directory, this.scopeOf(directory), isSkipped);
  }

  private *walkIn(
    directory: ByteString,
    scope: IgnoreScope,
    isSkipped: (path: ByteString) => boolean,
  ): Generator<TreeEntry> {
    for (const entry of this.childrenIn(directory, scope)) {
      if (isSkipped(entry.path)) continue;
      yield entry;
      if (entry.stats.isDirectory()) yield* this.walkIn(entry.path, this.enter(scope, entry.path), isSkipped);
    }
  }

  private *childrenIn(directory: ByteString, scope: IgnoreScope): Generator<TreeEntry> {
    const names = readdirSync(asPath(this.pathOf(directory)), { encoding: 'latin1' }).sort();
    for (const name of names) {
      const path = directory === '' ? name : `${directory}/${name}`;
      const child = this.enter(scope, path);
      if (child.ignored && !this.patterns.mayKeepBelow(child.path)) continue;
      const stats = this.stats(path);
      if (!stats || stats.isSocket()) continue;
      if (child.ignored && !(stats.isDirectory() && this.holdsKept(path, child))) continue;
      yield { path, stats };
    }
  }

  /** Whether an ignored directory holds something that is taken back. */
  private holdsKept(directory: ByteString, scope: IgnoreScope): boolean {
    if (!this.patterns.mayKeepBelow(scope.path)) return false;
    return !this.childrenIn(directory, scope).next().done;
  }

  private stats(path: ByteString): Stats | undefined {
    try {
      return lstatSync(asPath(this.pathOf(path)), { throwIfNoEntry: false });
    } catch (error) {
      if (hasCode(error, 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  private scopeOf(path: ByteString): IgnoreScope {
    if (this.patterns.isEmpty || path === '') return this.patterns.root;
    return textOfBytes(path)
      .split('/')
      .reduce((scope, name) => this.patterns.enter(scope, name), this.patterns.root);
  }

  private enter(scope: IgnoreScope, path: ByteString): IgnoreScope {
    if (this.patterns.isEmpty) return scope;
    return this.patterns.enter(scope, textOfBytes(path.slice(path.lastIndexOf('/') + 1)));
  }
}
