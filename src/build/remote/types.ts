import type { BuildClient } from '../types.ts';

export type { GitSource } from '../../lib/git-url.ts';

export interface FetchOptions {
  /** Asked for credentials and agents. */
  readonly client?: BuildClient | undefined;
  readonly signal: AbortSignal;
}

/** A commit's files in a directory that nobody changes, kept until it is disposed of. */
export interface GitCheckout extends Disposable {
  readonly directory: string;
  readonly commit: string;
  /** The time of the commit, in seconds since 1970. */
  readonly madeAt: () => Promise<number>;
}
