import { posix } from 'node:path';
import { invalid } from './errors.ts';

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
  /** What the files' times are: those of their writing (default) or that of the commit. */
  readonly mtime?: 'checkout' | 'commit';
  /** The checksum is the whole name of the commit that is fetched, whatever `ref` means by now. */
  readonly fetchByCommit?: true;
}

const protocols = new Set(['http', 'https', 'ssh', 'git']);
const scheme = /^([a-zA-Z0-9]+):\/\//;
/** `user@host:path`, the short form of ssh://. */
const scpForm =
  /^(?<user>[a-zA-Z0-9_][\w.-]*)@(?<host>[a-zA-Z0-9[][^:/#?@]*):(?<path>[^?#]+)(?<query>\?[^#]*)?(?<fragment>#.*)?$/;

/**
 * Reads what means a git repository (BuildKit, "git ref"): `https://host/x.git#ref:dir`, `…?ref=…&subdir=…`, `git@host:x.git`. Undefined for
 * anything else; throws `invalid` for what means one and is wrong. With `short` also `github.com/…`, which a path may look like.
 */
export function parseGitUrl(text: string, { short = false } = {}): GitSource | undefined {
  if (short && text.startsWith('github.com/'))
    return parseGitUrl(`https://${text.replace(/^([^#?]*?)(?:\.git)?([#?].*)?$/, '$1.git$2')}`);
  const [, protocol = ''] = scheme.exec(text) ?? [];
  if (protocol === '') return parseScp(text);
  if (!protocols.has(protocol.toLowerCase()) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isHttp = /^https?:$/.test(url.protocol);
  if (isHttp && !url.pathname.endsWith('.git')) return undefined;
  if (!isHttp && url.hostname.startsWith('-')) throw invalid(`invalid host in ${JSON.stringify(text)}`);
  const { username, password, hash, search } = url;
  url.hash = '';
  url.search = '';
  if (isHttp) {
    url.username = '';
    url.password = '';
  } else url.password = '';
  const userinfo = isHttp && username !== '' ? `${decode(username)}:${decode(password)}` : undefined;
  return complete(url.href, hash, search, userinfo);
}

function parseScp(text: string): GitSource | undefined {
  const { user, host, path, query = '', fragment = '' } = scpForm.exec(text)?.groups ?? {};
  if (user === undefined || host === undefined || path === undefined) return undefined;
  return complete(`${user}@${host}:${path}`, fragment, query, undefined);
}

function complete(remote: string, hash: string, search: string, userinfo: string | undefined): GitSource {
  const [ref = '', subdir = ''] = decode(hash.slice(1)).split(/:(.*)/s);
  const options = readQuery(new URLSearchParams(search), { ref, subdir });
  const { ref: wanted, subdir: below, ...more } = options;
  if (/^-|[\0-\x20~^:?*[\\\x7f]|\.\.|@\{/.test(wanted))
    throw invalid(`invalid git ref: ${JSON.stringify(wanted)}`);
  const clean = posix.join('/', below).slice(1).replace(/\/$/, '');
  return {
    remote,
    ...(userinfo !== undefined && { userinfo }),
    ...(wanted !== '' && { ref: wanted }),
    ...(clean !== '' && { subdir: clean }),
    ...more,
  };
}

type Options = { ref: string; subdir: string } & Pick<
  GitSource,
  'checksum' | 'keepGitDir' | 'submodules' | 'mtime' | 'fetchByCommit'
>;

function readQuery(
  query: URLSearchParams,
  given: { readonly ref: string; readonly subdir: string },
): Options {
  const found = new Map<string, string>();
  for (const [name, value] of query) {
    if (found.has(name)) throw invalid(`query ${JSON.stringify(name)} has multiple values`);
    if (value === '' && !flags.has(name)) throw invalid(`query ${JSON.stringify(name)} has no value`);
    found.set(name, value);
  }
  for (const name of found.keys())
    if (!known.has(name)) throw invalid(`unexpected query ${JSON.stringify(name)}`);
  const checksum = found.get('checksum') ?? found.get('commit');
  const keepGitDir = flagOf(found, 'keep-git-dir');
  const submodules = flagOf(found, 'submodules');
  const mtime = found.get('mtime');
  if (mtime !== undefined && mtime !== 'checkout' && mtime !== 'commit')
    throw invalid(`invalid mtime value: ${JSON.stringify(mtime)} (must be "checkout" or "commit")`);
  return {
    ref: refOf(found, given.ref),
    subdir: agreed('subdir', given.subdir, found.get('subdir')),
    ...(checksum !== undefined && { checksum: checkSum(checksum) }),
    ...(keepGitDir !== undefined && { keepGitDir }),
    ...(submodules !== undefined && { submodules }),
    ...(mtime !== undefined && { mtime }),
    ...(flagOf(found, 'fetch-by-commit') && { fetchByCommit: true }),
  };
}

const flags = new Set(['keep-git-dir', 'submodules', 'fetch-by-commit']);
const known = new Set([...flags, 'ref', 'tag', 'branch', 'subdir', 'checksum', 'commit', 'mtime']);

function refOf(found: ReadonlyMap<string, string>, given: string): string {
  const full = (name: string, prefix: string): string | undefined => {
    const value = found.get(name);
    return value === undefined || value.startsWith(prefix) ? value : `${prefix}${value}`;
  };
  const tag = full('tag', 'refs/tags/');
  const branch = full('branch', 'refs/heads/');
  if (tag !== undefined && branch !== undefined) throw invalid('branch conflicts with tag');
  return agreed('ref', agreed('ref', given, found.get('ref')), tag ?? branch);
}

function agreed(name: string, given: string, asked: string | undefined): string {
  if (asked === undefined || given === '' || given === asked) return asked ?? given;
  throw invalid(`${name} conflicts: ${JSON.stringify(given)} vs ${JSON.stringify(asked)}`);
}

function flagOf(found: ReadonlyMap<string, string>, name: string): boolean | undefined {
  const value = found.get(name);
  if (value === undefined) return undefined;
  if (/^(?:1|t|true|)$/i.test(value)) return true;
  if (/^(?:0|f|false)$/i.test(value)) return false;
  throw invalid(`invalid ${name} value: ${JSON.stringify(value)}`);
}

/** The beginning of a commit's name. */
export function checkSum(text: string): string {
  if (/^[0-9a-f]{7,64}$/.test(text)) return text;
  throw invalid(`invalid checksum ${JSON.stringify(text)}: expected hex commit hash`);
}

/** Whether a text is the full name of a commit. */
export const isCommitName = (text: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
