import { EngineError } from '../../lib/errors.ts';
import { exec, ExecError } from '../../lib/exec.ts';

/** Where and with what a command of git runs. */
export interface GitPlace {
  readonly gitDir?: string;
  readonly workTree?: string;
  readonly index?: string;
  /** Settings that are no part of the command line: they may be credentials. */
  readonly secretConfig?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Of what a repository, a user or a machine may configure nothing is used; no program but git's own and ssh is started. */
const config: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.protectHFS': 'true',
  'core.protectNTFS': 'true',
  'core.symlinks': 'true',
  'credential.helper': '',
  'submodule.recurse': 'false',
  'fetch.recurseSubmodules': 'false',
  'http.followRedirects': 'initial',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'advice.detachedHead': 'false',
  'init.defaultBranch': 'master',
  'uploadpack.allowAnySHA1InWant': 'true',
};

const passed = [
  'PATH',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
];

/** Runs git; throws `GitError`. */
export async function runGit(args: readonly string[], place: GitPlace): Promise<string> {
  const { gitDir, workTree, index, secretConfig = {}, signal } = place;
  const settings = Object.entries({ ...config, ...secretConfig });
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(passed.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
    LC_ALL: 'C',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TEMPLATE_DIR: '',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'http:https:git:ssh',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], at) => [
        [`GIT_CONFIG_KEY_${at}`, key],
        [`GIT_CONFIG_VALUE_${at}`, value],
      ]),
    ),
    ...(gitDir !== undefined && { GIT_DIR: gitDir }),
    ...(workTree !== undefined && { GIT_WORK_TREE: workTree }),
    ...(index !== undefined && { GIT_INDEX_FILE: index }),
    ...place.env,
  };
  try {
    const { stdout } = await exec('git', args, { env, signal, cwd: workTree ?? gitDir ?? '/' });
    return stdout;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ExecError) throw new GitError(error);
    throw error;
  }
}

/** Runs git for one commit without its history; with it where the server (plain files behind HTTP) can't do without. */
export async function preferShallow<T>(run: (depth: readonly string[]) => Promise<T>): Promise<T> {
  try {
    return await run(['--depth=1']);
  } catch (error) {
    if (!(error instanceof GitError) || !/--depth|shallow/.test(error.stderr)) throw error;
    return run([]);
  }
}

/** A command of git that failed, with what it said. */
export class GitError extends EngineError {
  readonly stderr: string;

  constructor(error: ExecError) {
    const isMissing = error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ENOENT';
    const said = error.stderr.trim();
    const wants = /could not read (Username|Password)|Authentication failed/.test(said)
      ? '\nthe credentials of a repository are a secret of the build named GIT_AUTH_TOKEN or GIT_AUTH_HEADER'
      : '';
    super(
      isMissing ? 'unavailable' : 'invalid',
      isMissing
        ? 'git is not installed on the machine of the engine'
        : `git: ${said === '' ? error.message : said}${wants}`,
    );
    this.name = 'GitError';
    this.stderr = error.stderr;
  }
}
