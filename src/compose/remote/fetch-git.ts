import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { invalid, notFound, prefixed } from '../../lib/errors.ts';
import { exec, ExecError } from '../../lib/exec.ts';
import { type GitSource, isCommitName } from '../../lib/git-url.ts';
import { standardNames } from '../load/find-files.ts';
import { keepCopy } from './copies.ts';
import type { FetchOptions } from './fetch-copy.ts';

/** The Compose file of a repository: that of the folder behind `#ref:folder`, or the file there. Throws `invalid` or `not-found`. */
export async function fetchGit(source: GitSource, options: FetchOptions): Promise<string> {
  const commit = await resolveCommit(source, options);
  const directory = await keepCopy(options.folder, commit, (folder) =>
    checkOut(source, commit, folder, options),
  );
  return composeFileIn(directory, source.subdir ?? '');
}

async function resolveCommit(source: GitSource, options: FetchOptions): Promise<string> {
  const { remote, ref = 'HEAD' } = source;
  if (isCommitName(ref)) return ref;
  const found = await git(source, ['ls-remote', '--', remote, ref, `${ref}^{}`], options);
  const lines = found
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([object = '']) => isCommitName(object));
  // what an annotated tag stands for goes before the tag itself
  const commit = (lines.find(([, name = '']) => name.endsWith('^{}')) ?? lines[0])?.[0];
  if (commit === undefined) throw invalid(`repository does not contain ref ${ref}: ${remote}`);
  return commit;
}

async function checkOut(
  source: GitSource,
  commit: string,
  folder: string,
  options: FetchOptions,
): Promise<void> {
  const run = (...args: readonly string[]): Promise<string> => git(source, ['-C', folder, ...args], options);
  await run('init', '--quiet');
  await run('fetch', '--quiet', '--no-tags', '--depth=1', '--', source.remote, commit);
  await run('checkout', '--quiet', '--detach', commit);
  rmSync(join(folder, '.git'), { recursive: true });
}

/** What the user has configured counts, but for programs that would run in the copy, and nothing is asked for. */
async function git(
  source: GitSource,
  args: readonly string[],
  { env, signal }: FetchOptions,
): Promise<string> {
  const { remote, userinfo } = source;
  const header =
    userinfo === undefined
      ? []
      : [`http.extraHeader=Authorization: Basic ${Buffer.from(userinfo).toString('base64')}`];
  const settings = [
    'core.hooksPath=/dev/null',
    'core.fsmonitor=false',
    'advice.detachedHead=false',
    ...header,
  ];
  try {
    const { stdout } = await exec('git', args, {
      env: {
        ...env,
        LC_ALL: 'C',
        GIT_TERMINAL_PROMPT: env['GIT_TERMINAL_PROMPT'] ?? '0',
        GIT_ALLOW_PROTOCOL: 'http:https:git:ssh',
        ...(!env['GIT_SSH'] &&
          !env['GIT_SSH_COMMAND'] && { GIT_SSH_COMMAND: 'ssh -o ControlMaster=no -o BatchMode=yes' }),
        GIT_CONFIG_COUNT: String(settings.length),
        ...Object.fromEntries(
          settings.flatMap((setting, index) => {
            const [key = '', value = ''] = setting.split(/=(.*)/s);
            return [
              [`GIT_CONFIG_KEY_${index}`, key],
              [`GIT_CONFIG_VALUE_${index}`, value],
            ];
          }),
        ),
      },
      ...(signal && { signal }),
    });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    if (error.cause !== undefined)
      throw notFound(`${remote} can not be fetched: git is not installed on this machine`);
    throw prefixed(`failed to access repository at ${remote}`, invalid(error.stderr.trim()));
  }
}

function composeFileIn(directory: string, subdir: string): string {
  const path = join(directory, subdir);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw notFound(`the repository has no ${subdir}`);
  if (!found.isDirectory()) return path;
  const file = standardNames
    .map((name) => join(path, name))
    .find((name) => statSync(name, { throwIfNoEntry: false })?.isFile());
  if (file === undefined)
    throw notFound(
      `the repository has none of ${standardNames.join(', ')}${subdir === '' ? '' : ` in ${subdir}`}`,
    );
  return file;
}
