import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOfText, textOfBytes } from '../../lib/byte-string.ts';
import { invalid } from '../../lib/errors.ts';
import { KeyedLock } from '../../lib/keyed-lock.ts';
import { resolvePath } from '../ops/tree/resolve-path.ts';
import { checkOut, timeOf } from './check-out.ts';
import { fetchCommit } from './fetch-commit.ts';
import { openAccess } from './git-access.ts';
import { resolveRef } from './resolve-ref.ts';
import { type GitPlace, runGit } from './run-git.ts';
import type { FetchOptions, GitCheckout, GitSource } from './types.ts';
import { UsedDirectories } from './used-directories.ts';

/*
 * <build>/git/
 *   known_hosts        keys of SSH hosts that were met
 *   agent-<hex>        socket of a client's agent while git runs
 *   <remote>/          named by the digest of the URL
 *     repo/            bare; commits that were fetched
 *     trees/<key>/     the files of a commit; appears by rename
 *     tmp-<hex>/       those that are being checked out
 */

/** Commits of git repositories that builds asked for: each is fetched once, and a name that moved costs one look. */
export class GitStore {
  private readonly root: string;
  private readonly locks = new KeyedLock();
  readonly kept: UsedDirectories;

  constructor(root: string) {
    this.root = root;
    this.kept = new UsedDirectories(root);
  }

  async checkout(source: GitSource, options: FetchOptions): Promise<GitCheckout> {
    const directory = join(this.root, createHash('sha256').update(source.remote).digest('hex').slice(0, 24));
    const use = this.kept.use(directory);
    try {
      const { commit, tree } = await this.locks.run(
        directory,
        () => this.bring(source, directory, options),
        options,
      );
      const place = { gitDir: join(directory, 'repo'), signal: options.signal };
      return {
        directory: below(tree, source),
        commit,
        madeAt: () => timeOf(commit, place),
        [Symbol.dispose]: () => use[Symbol.dispose](),
      };
    } catch (error) {
      use[Symbol.dispose]();
      throw error;
    }
  }

  private async bring(
    source: GitSource,
    directory: string,
    options: FetchOptions,
  ): Promise<{ commit: string; tree: string }> {
    options.signal.throwIfAborted();
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(directory)) if (name.startsWith('tmp-')) remove(join(directory, name)); // of an engine that was killed
    await using access = await openAccess(
      source,
      {
        knownHosts: join(this.root, 'known_hosts'),
        agent: join(this.root, `agent-${randomBytes(4).toString('hex')}`),
      },
      options,
    );
    const { secretConfig, env } = access;
    const network: GitPlace = {
      ...(secretConfig && { secretConfig }),
      ...(env && { env }),
      signal: options.signal,
    };
    const { commit, name } = await resolveRef(source, network);
    const tree = join(directory, 'trees', treeName(source, commit));
    if (existsSync(tree)) return { commit, tree };
    const gitDir = join(directory, 'repo');
    await prepare(gitDir, commit, options.signal);
    await fetchCommit(source, { commit, name }, { ...network, gitDir });
    await checkOutWhole({ source, commit, gitDir, tree, network });
    return { commit, tree };
  }
}

/** An empty bare repository for commits of this kind of name. */
async function prepare(gitDir: string, commit: string, signal: AbortSignal): Promise<void> {
  if (existsSync(join(gitDir, 'HEAD'))) return;
  remove(gitDir);
  const format = commit.length === 64 ? ['--object-format=sha256'] : [];
  await runGit(['init', '--quiet', '--bare', '--template=', ...format, '--', gitDir], { signal });
}

async function checkOutWhole(given: Parameters<typeof checkOut>[0]): Promise<void> {
  const { tree } = given;
  const partial = join(tree, '..', '..', `tmp-${randomBytes(6).toString('hex')}`);
  mkdirSync(join(tree, '..'), { recursive: true });
  try {
    mkdirSync(partial, { mode: 0o755 });
    await checkOut({ ...given, tree: partial });
    renameSync(partial, tree);
  } finally {
    remove(partial);
    remove(`${partial}.index`);
  }
}

const treeName = ({ keepGitDir, submodules = true, mtime }: GitSource, commit: string): string =>
  `${commit}${keepGitDir ? '-git' : ''}${submodules ? '' : '-plain'}${mtime === 'commit' ? '-dated' : ''}`;

/** The directory that is asked for, which symlinks don't lead out of. */
function below(tree: string, { subdir, keepGitDir }: GitSource): string {
  if (subdir === undefined) return tree;
  const inside = textOfBytes(resolvePath(bytesOfText(tree), bytesOfText(subdir)));
  const path = inside === '' ? tree : `${tree}/${inside}`;
  const isHidden = keepGitDir === true && /^\.git(?:\/|$)/.test(inside);
  if (isHidden || !statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw invalid(`failed to open subdir ${subdir}: no such directory in the repository`);
  return path;
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
