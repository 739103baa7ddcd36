import { invalid } from '../../lib/errors.ts';
import { parseGitUrl } from '../../lib/git-url.ts';
import type { Reference } from '../../oci/reference.ts';
import type { RegistryAuth } from '../../registry/client/types.ts';
import { copiesFolder } from './copies.ts';

export interface FetchOptions {
  /** The variables of the shell. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where copies are kept. */
  readonly folder: string;
  readonly authFor: (reference: Reference) => Promise<RegistryAuth | undefined>;
  readonly signal?: AbortSignal;
}

/** Fetches a Compose file that lies elsewhere, with all that lies beside it; returns the path of the copy. */
export async function fetchCopy(reference: string, given: Omit<FetchOptions, 'folder'>): Promise<string> {
  const options = { ...given, folder: copiesFolder(given.env) };
  if (reference.startsWith('oci://')) {
    checkAllowed('OCI', 'COMPOSE_EXPERIMENTAL_OCI_REMOTE', given.env);
    return (await import('./fetch-artifact.ts')).fetchArtifact(reference.slice('oci://'.length), options);
  }
  checkAllowed('git', 'COMPOSE_EXPERIMENTAL_GIT_REMOTE', given.env);
  const source = parseGitUrl(reference, { short: true });
  if (!source) throw invalid(`${reference} is neither a git repository nor an artifact of a registry`);
  return (await import('./fetch-git.ts')).fetchGit(source, options);
}

function checkAllowed(kind: string, variable: string, env: FetchOptions['env']): void {
  const value = env[variable] ?? '';
  if (/^(0|f|false)$/i.test(value))
    throw invalid(`${kind} remote resource is disabled by ${JSON.stringify(variable)}`);
  if (value !== '' && !/^(1|t|true)$/i.test(value))
    throw invalid(`${variable} environment variable expects boolean value, not ${JSON.stringify(value)}`);
}
