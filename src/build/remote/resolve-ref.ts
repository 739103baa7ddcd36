import { invalid, prefixed } from '../../lib/errors.ts';
import { isCommitName } from '../../lib/git-url.ts';
import { type GitPlace, runGit } from './run-git.ts';
import type { GitSource } from './types.ts';

/** A commit, and the name under which the repository has it; the commit's own name when it was asked for by that. */
export interface ResolvedRef {
  readonly commit: string;
  readonly name: string;
}

/** Asks the repository what a name means at the moment. Branches go before tags, as with `git checkout`. Throws `invalid`. */
export async function resolveRef(source: GitSource, network: GitPlace): Promise<ResolvedRef> {
  const { remote, ref = 'HEAD', checksum, fetchByCommit } = source;
  if (isCommitName(ref)) {
    agrees(checksum, [ref]);
    return { commit: ref, name: ref };
  }
  if (fetchByCommit) return byCommit(checksum);
  const found = await listRefs(remote, ref, network);
  for (const name of ref === 'HEAD' ? ['HEAD'] : namesOf(ref)) {
    const object = found.get(name);
    if (object === undefined) continue;
    const commit = found.get(`${name}^{}`) ?? object; // of an annotated tag
    agrees(checksum, [commit, object]);
    return { commit, name };
  }
  throw invalid(`repository does not contain ref ${ref}: ${remote}`);
}

function byCommit(checksum: string | undefined): ResolvedRef {
  if (checksum === undefined) throw invalid('fetch-by-commit requires a checksum or a commit SHA ref');
  if (!isCommitName(checksum))
    throw invalid(`fetch-by-commit requires a full commit SHA checksum, got ${JSON.stringify(checksum)}`);
  return { commit: checksum, name: checksum };
}

async function listRefs(remote: string, ref: string, network: GitPlace): Promise<Map<string, string>> {
  let lines: string;
  try {
    lines = await runGit(['ls-remote', '--', remote, ref, `${ref}^{}`], network);
  } catch (error) {
    network.signal.throwIfAborted();
    throw prefixed(`failed to fetch remote ${remote}`, error);
  }
  return new Map(
    lines
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
      .filter((pair): pair is [string, string] => pair.length === 2 && isCommitName(pair[0] ?? ''))
      .map(([object, name]) => [name, object]),
  );
}

const namesOf = (ref: string): string[] =>
  ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`];

/** A tag's own name counts as well as that of its commit. */
function agrees(checksum: string | undefined, names: readonly string[]): void {
  if (checksum === undefined || names.some((name) => name.startsWith(checksum))) return;
  throw invalid(`expected checksum to match ${checksum}, got ${[...new Set(names)].join(' or ')}`);
}
