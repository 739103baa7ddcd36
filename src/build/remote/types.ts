import type { BuildClient } from '../types.ts';

/** Files of one commit of a git repository. */
export interface GitSource {
  /** What git is given, without credentials: `https://host/x.git`, `git://…`, `ssh://…`, `user@host:path`. */
  readonly remote: string;
  /** `user:password` of the URL. Never part of a key, a message or a command line. */
  readonly userinfo?: string;
  /** A branch, a tag, a full name of a ref or of a commit; undefined = what HEAD means there. */
  readonly ref?: string;
  /** Directory in the repository; undefined = its root. */
  readonly subdir?: string;
  /** How the name of the commit (or of its tag) must begin. */
  readonly checksum?: string;
  readonly keepGitDir?: boolean;
  /** Default: true. */
  readonly submodules?: boolean;
}

export interface FetchOptions {
  /** Asked for credentials and agents. */
  readonly client?: BuildClient | undefined;
  readonly signal: AbortSignal;
}

/** A commit's files in a directory that nobody changes, kept until it is disposed of. */
export interface GitCheckout extends Disposable {
  readonly directory: string;
  readonly commit: string;
}
