import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { EngineError, invalid } from '../lib/errors.ts';
import { IgnorePatterns, readIgnoreFile } from '../lib/ignore.ts';
import { makeEntry, type TarEntry } from '../lib/tar/entry.ts';
import { packTree } from '../lib/tar/pack-tree.ts';
import { writeTar } from '../lib/tar/write.ts';

export interface BuildContext {
  /** What the query parameter `dockerfile` has to say. */
  readonly dockerfile: string;
  readonly tar: AsyncIterable<Uint8Array>;
}

const ALIEN = '.dockerfile.from-outside';

/**
 * A directory as a build context: what .dockerignore (or `<Dockerfile>.dockerignore`) leaves, the Dockerfile always with it; one from
 * outside the directory is sent under a name of its own. `inline` is the text of a Dockerfile that is no file.
 */
export function openBuildContext(
  directory: string,
  options: { dockerfile?: string; inline?: string } = {},
): BuildContext {
  const root = resolve(directory);
  if (!existsSync(root))
    throw new EngineError(
      'not-found',
      `unable to prepare context: path ${JSON.stringify(directory)} not found`,
    );
  if (!statSync(root).isDirectory())
    throw invalid(`unable to prepare context: path ${JSON.stringify(directory)} is no directory`);
  const file = options.inline === undefined ? findDockerfile(root, options.dockerfile) : undefined;
  const inside = file === undefined ? undefined : insideOf(root, file);
  const patterns = readPatterns(root, file);
  const kept = new Set([inside ?? '', '.dockerignore']);
  const tree = packTree(root, {
    rewrite: (entry) => (isSent(entry, patterns, kept) ? [neutral(entry)] : []),
  });
  if (inside !== undefined) return { dockerfile: inside, tar: toAsync(tree) };
  const text = options.inline === undefined ? readFileSync(file as string) : Buffer.from(options.inline);
  return { dockerfile: ALIEN, tar: withFile(tree, ALIEN, text) };
}

/** The Dockerfile of a context: a path from here, or else one in the context. */
export function findDockerfile(root: string, given: string | undefined): string {
  const file = given === undefined ? join(root, 'Dockerfile') : isAbsolute(given) ? given : resolve(given);
  const other = given === undefined ? join(root, 'dockerfile') : join(root, given);
  const found = [file, other].find((path) => existsSync(path));
  if (found === undefined)
    throw new EngineError(
      'not-found',
      `unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat ${file}: no such file or directory`,
    );
  return found;
}

function insideOf(root: string, file: string): string | undefined {
  const path = relative(root, file);
  return path.startsWith('..') || isAbsolute(path) ? undefined : path;
}

function readPatterns(root: string, dockerfile: string | undefined): IgnorePatterns {
  const own = dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`];
  const file = [...own, join(root, '.dockerignore')].find((path) => existsSync(path));
  return new IgnorePatterns(file === undefined ? [] : readIgnoreFile(readFileSync(file, 'utf8')));
}

function isSent(entry: TarEntry, patterns: IgnorePatterns, kept: ReadonlySet<string>): boolean {
  const path = Buffer.from(entry.name, 'latin1').toString().replace(/\/$/, '');
  if (patterns.isEmpty || kept.has(path) || !patterns.ignores(path)) return true;
  return (
    entry.type === 'directory' &&
    (patterns.mayKeepBelow(path) || [...kept].some((name) => name.startsWith(`${path}/`)))
  );
}

/** Owners of the user's files say nothing in an image. */
const neutral = (entry: TarEntry): TarEntry => ({ ...entry, uid: 0, gid: 0 });

async function* toAsync(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

const TRAILER = 1024;

async function* withFile(
  tree: Iterable<Uint8Array>,
  name: string,
  body: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const entry = makeEntry({ name, type: 'file', size: body.length, mode: 0o644 });
  const first: Uint8Array[] = [];
  for await (const chunk of writeTar([{ entry, body }])) first.push(chunk);
  const head = Buffer.concat(first);
  yield head.subarray(0, head.length - TRAILER); // the tree's own end follows
  yield* tree;
}
