import { lstatSync, lutimesSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { prefixed } from '../../lib/errors.ts';
import { walkTree } from '../../lib/walk-tree.ts';
import { type GitPlace, preferShallow, runGit } from './run-git.ts';
import type { GitSource } from './types.ts';

interface CheckOut {
  readonly source: GitSource;
  readonly commit: string;
  /** The bare repository that has the commit. */
  readonly gitDir: string;
  /** An empty directory. */
  readonly tree: string;
  /** For submodules. */
  readonly network: GitPlace;
}

/** The time of a commit, in seconds since 1970. */
export const timeOf = async (commit: string, place: GitPlace): Promise<number> =>
  Number(await runGit(['show', '--no-patch', '--format=%ct', commit], place));

/** Writes the files of a commit, with those of its submodules. */
export async function checkOut(given: CheckOut): Promise<void> {
  const { source, commit, gitDir, tree, network } = given;
  await writeFiles(given);
  if (source.mtime === 'commit')
    await setTimes(tree, await timeOf(commit, { gitDir, signal: network.signal }));
}

async function writeFiles(given: CheckOut): Promise<void> {
  const { source, commit, gitDir, tree, network } = given;
  if (source.keepGitDir) return withHistory(given);
  const place = { gitDir, workTree: tree, index: `${tree}.index`, signal: network.signal };
  await runGit(['read-tree', commit], place);
  await runGit(['checkout-index', '--all', '--force'], place);
  if (source.submodules === false || !hasSubmodules(tree)) return;
  rmSync(tree, { recursive: true });
  mkdirSync(tree);
  await withHistory(given);
  await removeGitFiles(tree);
}

/** A repository of one commit, as `git clone --depth=1` would leave it. */
async function withHistory({ source, commit, gitDir, tree, network }: CheckOut): Promise<void> {
  const { signal } = network;
  const dotGit = join(tree, '.git');
  const place = { gitDir: dotGit, workTree: tree, signal };
  const format = commit.length === 64 ? ['--object-format=sha256'] : [];
  await runGit(['init', '--quiet', '--template=', ...format], place);
  await runGit(['remote', 'add', 'origin', source.remote], place);
  const local = { ...place, env: { GIT_ALLOW_PROTOCOL: 'file' } };
  await runGit(['fetch', '--quiet', '--depth=1', '--', `file://${gitDir}`, commit], local);
  await runGit(['checkout', '--quiet', 'FETCH_HEAD'], place);
  if (source.submodules !== false && hasSubmodules(tree))
    await addSubmodules(source, { ...network, ...place });
  await runGit(['reflog', 'expire', '--all', '--expire=now'], place);
  rmSync(join(dotGit, 'FETCH_HEAD'), { force: true });
}

async function addSubmodules({ remote }: GitSource, place: GitPlace): Promise<void> {
  const args = ['submodule', '--quiet', 'update', '--init', '--recursive'];
  try {
    await preferShallow((depth) => runGit([...args, ...depth], place));
  } catch (error) {
    place.signal.throwIfAborted();
    throw prefixed(`failed to update submodules for ${remote}`, error);
  }
}

const hasSubmodules = (tree: string): boolean =>
  lstatSync(join(tree, '.gitmodules'), { throwIfNoEntry: false })?.isFile() ?? false;

async function setTimes(tree: string, seconds: number): Promise<void> {
  for await (const { place } of walkTree(tree)) lutimesSync(place, seconds, seconds);
  lutimesSync(tree, seconds, seconds);
}

/** What git leaves in a tree with submodules leads to its own directories, and means nothing elsewhere. */
async function removeGitFiles(tree: string): Promise<void> {
  const isGits = (path: string): boolean => /(^|\/)\.git$/i.test(path);
  for await (const { path, place } of walkTree(tree, (directory) => !isGits(directory)))
    if (isGits(path)) rmSync(place, { recursive: true });
}
