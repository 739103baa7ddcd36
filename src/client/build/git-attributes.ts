import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { messageOf } from '../../lib/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

interface Checkout {
  readonly root: string;
  /** Of the commit; undefined = there is none yet. */
  readonly revision?: string;
  readonly remote?: string;
}

/** What a build is told of where its files come from. */
interface Places {
  /** The context. */
  readonly directory: string;
  /** Absent where it is no file. */
  readonly dockerfile?: string;
  /** Directories by the names that the build gives them. */
  readonly directories: Readonly<Record<string, string>>;
}

const isOn = (text: string | undefined): boolean => /^(?:1|t|true)$/i.test(text ?? '');
const isOff = (text: string | undefined): boolean => /^(?:0|f|false)$/i.test(text ?? '');

/**
 * The commit and the repository of a context that lies in a git checkout, as buildx tells them: `vcs:…` for statements about the build
 * (`$BUILDX_GIT_INFO`, on by default), `label:…` for the image (`$BUILDX_GIT_LABELS`, off by default). What git can't tell goes to `onWarning`.
 */
export async function gitAttributes(
  { directory, dockerfile, directories }: Places,
  env: Env,
  onWarning: (text: string) => void,
): Promise<Record<string, string>> {
  const wantsInfo = !isOff(env['BUILDX_GIT_INFO']);
  const wantsLabels = isOn(env['BUILDX_GIT_LABELS']) || env['BUILDX_GIT_LABELS'] === 'full';
  if ((!wantsInfo && !wantsLabels) || !isBelowGit(directory)) return {};
  const checkout = await readCheckout(directory, env).catch((error: unknown) => {
    onWarning(`WARNING: current commit information was not captured by the build: ${messageOf(error)}`);
  });
  if (!checkout) return {};
  const { root, revision, remote } = checkout;
  const within = (path: string | undefined): string | undefined => path && insideOf(root, path);
  const locals = Object.entries({ dockerfile: dockerfile && dirname(dockerfile), ...directories });
  const info = {
    'vcs:revision': revision,
    'vcs:source': remote,
    ...Object.fromEntries(locals.map(([name, path]) => [`vcs:localdir:${name}`, within(path)])),
  };
  const labels = {
    'label:org.opencontainers.image.revision': revision,
    'label:org.opencontainers.image.source': remote,
    'label:com.docker.image.source.entrypoint': within(dockerfile),
  };
  const found = Object.entries({ ...(wantsInfo && info), ...(wantsLabels && labels) });
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Most directories are in no checkout: for them git need not be asked. */
function isBelowGit(directory: string): boolean {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return true;
    if (at === dirname(at)) return false;
  }
}

async function readCheckout(directory: string, env: Env): Promise<Checkout> {
  const { exec } = await import('../../lib/exec.ts'); // most builds are in no checkout
  const git = async (...args: string[]): Promise<string> =>
    (await exec('git', ['-C', directory, ...args], { env: { ...env }, okStatus: [0, 1, 128] })).stdout;
  const [where, config] = await Promise.all([
    git('rev-parse', '--show-toplevel', 'HEAD', '--symbolic-full-name', 'HEAD'),
    git('config', '--get-regexp', String.raw`^(branch\..*\.remote|remote\..*\.url|url\..*\.insteadof)$`),
  ]);
  const [root = '', revision = '', branch = ''] = where.split('\n');
  if (root === '') throw new Error('git knows no checkout here (git rev-parse --show-toplevel)');
  const remote = remoteOf(config, branch);
  if (!/^[0-9a-f]{40,64}$/.test(revision)) return { root, ...(remote && { remote }) };
  const isDirty =
    isOn(env['BUILDX_GIT_CHECK_DIRTY']) && (await git('status', '--porcelain', '--ignored')).trim() !== '';
  return { root, revision: isDirty ? `${revision}-dirty` : revision, ...(remote && { remote }) };
}

/** The URL of what the branch follows, else of `origin` or `upstream`; without credentials. */
function remoteOf(config: string, branch: string): string | undefined {
  const settings = new Map(
    config.split('\n').map((line) => {
      const [name = '', value = ''] = line.split(/ (.*)/s);
      return [name, value];
    }),
  );
  const followed = settings.get(`branch.${branch.replace('refs/heads/', '')}.remote`);
  const url = [followed, 'origin', 'upstream']
    .map((name) => settings.get(`remote.${name}.url`))
    .find(Boolean);
  return url && withoutCredentials(replaced(url, settings));
}

/** `url.BASE.insteadOf`: the longest beginning counts. */
function replaced(url: string, settings: ReadonlyMap<string, string>): string {
  let best: readonly [base: string, beginning: string] = ['', ''];
  for (const [name, beginning] of settings) {
    const [, base] = /^url\.(.*)\.insteadof$/s.exec(name) ?? [];
    if (base !== undefined && url.startsWith(beginning) && beginning.length > best[1].length)
      best = [base, beginning];
  }
  return best[0] + url.slice(best[1].length);
}

const withoutCredentials = (url: string): string => url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1');

function insideOf(root: string, path: string): string | undefined {
  const inside = relative(root, realPath(path)) || '.';
  return inside.startsWith('..') ? undefined : inside;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
