import { closeSync, constants, mkdirSync, openSync, readlinkSync } from 'node:fs';
import { asPath, textOfBytes, type ByteString } from './byte-string.ts';
import { EngineError, hasCode } from './errors.ts';

const O_PATH = 0o10000000;
const DIRECTORY = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const MAX_LINKS = 40;

/** A lookup that failed; `code` as on Node's own errors: ENOENT, ENOTDIR, ELOOP. */
export class PathError extends EngineError {
  readonly code: string;

  constructor(code: string, path: ByteString, cause?: unknown) {
    const what = { ENOENT: 'no such file or directory', ENOTDIR: 'not a directory' }[code];
    super(
      code === 'ENOENT' ? 'not-found' : 'invalid',
      `${textOfBytes(path)}: ${what ?? 'too many levels of symbolic links'}`,
      { cause },
    );
    this.code = code;
  }
}

/** Where a path leads below a root. Dispose it to free the descriptor that `path` goes through. */
export interface Located extends Disposable {
  /** Below the root, without symlinks and leading slash; '' is the root. Its last part need not exist. */
  readonly realPath: ByteString;
  /** For system calls: nobody who changes the tree can lead it elsewhere. Its last part may be a symlink when it was not followed. */
  readonly path: ByteString;
}

interface Step {
  readonly fd: number;
  readonly name: ByteString;
}

/**
 * Looks paths up as a process would whose root is this directory: absolute symlinks and `..` stay inside, whatever others do to the tree
 * meanwhile, because every step goes from one open directory to the next.
 */
export class RootedDirectory implements Disposable {
  private readonly root: Step;

  constructor(path: ByteString) {
    this.root = { fd: openSync(asPath(path), O_PATH | constants.O_DIRECTORY), name: '' };
  }

  [Symbol.dispose](): void {
    closeSync(this.root.fd);
  }

  /** Finds the directory that a path's last part is in; follows that part too if it is a symlink and `followLast`. */
  locate(path: ByteString, options: { followLast: boolean }): Located {
    const walk = new Walk(this.root, path);
    try {
      const last = walk.toLast(options.followLast);
      return walk.finish(last);
    } catch (error) {
      walk.close();
      throw error;
    }
  }

  /** Opens a directory (O_PATH); with `makeMissing` directories that are missing are made, with that mode. The caller closes it. */
  openDirectory(path: ByteString, makeMissing?: (path: ByteString) => void): number {
    const walk = new Walk(this.root, path);
    try {
      while (walk.hasMore()) walk.descend(walk.next(), makeMissing);
      return walk.release();
    } catch (error) {
      walk.close();
      throw error;
    }
  }
}

/** The path for system calls of something in a directory that is open. */
export const pathIn = (fd: number, name: ByteString): ByteString => `/proc/self/fd/${fd}/${name}`;

export function makeDirectory(path: ByteString): void {
  mkdirSync(asPath(path), 0o755);
}

class Walk {
  private readonly root: Step;
  private readonly asked: ByteString;
  private readonly steps: Step[] = [];
  private pending: ByteString[];
  private links = 0;

  constructor(root: Step, path: ByteString) {
    this.root = root;
    this.asked = path;
    this.pending = partsOf(path);
  }

  hasMore(): boolean {
    return this.pending.length > 0;
  }

  next(): ByteString {
    return this.pending.pop() ?? '.';
  }

  /** Walks all but the last part, and returns that; '' when the path ends at a directory that is open already. */
  toLast(followLast: boolean): ByteString {
    while (this.hasMore()) {
      const part = this.next();
      if (this.hasMore() || part === '..') this.descend(part);
      else if (!followLast || !this.expand(part)) return part;
    }
    return '';
  }

  descend(part: ByteString, makeMissing?: (path: ByteString) => void): void {
    if (part === '..') {
      const left = this.steps.pop();
      if (left) closeSync(left.fd);
      return;
    }
    const path = pathIn(this.top().fd, part);
    try {
      this.steps.push({ fd: openSync(asPath(path), DIRECTORY), name: part });
    } catch (error) {
      this.recover(error, part, makeMissing);
    }
  }

  /** If it is a symlink, its parts are what comes next. */
  private expand(part: ByteString): boolean {
    const target = readLink(pathIn(this.top().fd, part));
    if (target === undefined) return false;
    this.links += 1;
    if (this.links > MAX_LINKS) throw new PathError('ELOOP', this.asked);
    if (target.startsWith('/')) this.close();
    this.pending.push(...partsOf(target));
    return true;
  }

  private recover(error: unknown, part: ByteString, makeMissing?: (path: ByteString) => void): void {
    if (hasCode(error, 'ENOTDIR', 'ELOOP')) {
      if (this.expand(part)) return;
      throw new PathError('ENOTDIR', this.asked, error);
    }
    if (!hasCode(error, 'ENOENT')) throw error;
    if (!makeMissing) throw new PathError('ENOENT', this.asked, error);
    makeMissing(pathIn(this.top().fd, part));
    this.descend(part);
  }

  finish(last: ByteString): Located {
    const realPath = [...this.steps.map((step) => step.name), last].filter(Boolean).join('/');
    const fd = this.release();
    return {
      realPath,
      path: last === '' ? `/proc/self/fd/${fd}/.` : pathIn(fd, last),
      [Symbol.dispose]: () => closeSync(fd),
    };
  }

  /** The directory reached, as a descriptor of the caller's own. */
  release(): number {
    const last = this.steps.pop();
    this.close();
    return last ? last.fd : openSync(`/proc/self/fd/${this.root.fd}`, O_PATH | constants.O_DIRECTORY);
  }

  close(): void {
    for (const step of this.steps.splice(0)) closeSync(step.fd);
  }

  private top(): Step {
    return this.steps.at(-1) ?? this.root;
  }
}

/** In reverse, so that the next part is the last one. */
const partsOf = (path: ByteString): ByteString[] =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse();

function readLink(path: ByteString): ByteString | undefined {
  try {
    return readlinkSync(asPath(path), { encoding: 'latin1' });
  } catch (error) {
    if (hasCode(error, 'EINVAL', 'ENOENT')) return undefined;
    throw error;
  }
}
