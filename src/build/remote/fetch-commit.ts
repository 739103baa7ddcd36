import { invalid, prefixed } from '../../lib/errors.ts';
import type { ResolvedRef } from './resolve-ref.ts';
import { GitError, type GitPlace, preferShallow, runGit } from './run-git.ts';
import type { GitSource } from './types.ts';

/** Makes sure that a bare repository has a commit with its files; its history is not fetched where the server can do without. */
export async function fetchCommit(
  { remote }: GitSource,
  { commit, name }: ResolvedRef,
  place: GitPlace,
): Promise<void> {
  if (await has(commit, place)) return;
  try {
    await fetch(remote, `+${name}:refs/fetched/${commit}`, place);
    if (!(await has(commit, place))) await fetch(remote, commit, place); // the name has moved meanwhile
  } catch (error) {
    if (!isRefused(error)) throw prefixed(`failed to fetch remote ${remote}`, error);
    // a server that hands out no commits but those that names mean
    await runGit(
      [
        'fetch',
        '--quiet',
        '--',
        remote,
        '+refs/heads/*:refs/remote/heads/*',
        '+refs/tags/*:refs/remote/tags/*',
      ],
      place,
    );
  }
  if (!(await has(commit, place)))
    throw invalid(`commit ${commit} can not be found in the repository ${remote}`);
}

async function fetch(remote: string, what: string, place: GitPlace): Promise<void> {
  await preferShallow((depth) =>
    runGit(['fetch', '--quiet', '--no-tags', ...depth, '--', remote, what], place),
  );
}

async function has(commit: string, place: GitPlace): Promise<boolean> {
  try {
    await runGit(['cat-file', '-e', `${commit}^{tree}`], place);
    return true;
  } catch (error) {
    if (error instanceof GitError) return false;
    throw error;
  }
}

const isRefused = (error: unknown): boolean =>
  error instanceof GitError && /not our ref|unadvertised object|couldn't find remote ref/.test(error.stderr);
