import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BuildClient } from '../types.ts';
import { openAgentSocket } from './agent-socket.ts';
import type { GitPlace } from './run-git.ts';
import type { FetchOptions, GitSource } from './types.ts';

type Access = Pick<GitPlace, 'secretConfig' | 'env'> & AsyncDisposable;

/**
 * What git needs to get at a repository: a header from the credentials of the URL or the client's secrets (GIT_AUTH_HEADER, GIT_AUTH_TOKEN, also with
 * `.HOST`), or the client's SSH agent. They are handed over by the environment of git alone.
 */
export async function openAccess(
  source: GitSource,
  paths: { readonly knownHosts: string; readonly agent: string },
  { client, signal }: FetchOptions,
): Promise<Access> {
  if (/^https?:/.test(source.remote)) {
    const header = await headerFor(source, client, signal);
    const secretConfig =
      header === undefined ? {} : { [`http.${scopeOf(source)}.extraHeader`]: `Authorization: ${header}` };
    return { secretConfig, [Symbol.asyncDispose]: async () => {} };
  }
  if (source.remote.startsWith('git://')) return { [Symbol.asyncDispose]: async () => {} };
  return openSsh(paths, client, signal);
}

/**
 * Below which address a header is sent. Git itself hands the credentials of a URL on to submodules whose addresses are relative; tokens are
 * for the repository alone, save on GitHub, as with BuildKit.
 */
function scopeOf({ remote, userinfo }: GitSource): string {
  const { origin, hostname } = new URL(remote);
  return userinfo !== undefined || /^(www\.)?github\.com$/.test(hostname) ? `${origin}/` : remote;
}

async function headerFor(
  { remote, userinfo }: GitSource,
  client: BuildClient | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (userinfo !== undefined) return `basic ${Buffer.from(userinfo).toString('base64')}`;
  const { host } = new URL(remote);
  for (const name of [
    `GIT_AUTH_HEADER.${host}`,
    'GIT_AUTH_HEADER',
    `GIT_AUTH_TOKEN.${host}`,
    'GIT_AUTH_TOKEN',
  ]) {
    const secret = (await client?.secret(name, signal))?.toString().trim();
    if (!secret) continue;
    if (name.startsWith('GIT_AUTH_HEADER')) return secret.replaceAll(/[\r\n]+/g, '');
    return `basic ${Buffer.from(`x-access-token:${secret}`).toString('base64')}`;
  }
  return undefined;
}

/** The key of a host that is met for the first time is trusted from then on. Keys of the engine's own user are not used. */
async function openSsh(
  { knownHosts, agent }: { readonly knownHosts: string; readonly agent: string },
  client: BuildClient | undefined,
  signal: AbortSignal,
): Promise<Access> {
  mkdirSync(dirname(agent), { recursive: true, mode: 0o700 });
  const socket =
    client && (await client.hasAgent('default', signal))
      ? await openAgentSocket(client, 'default', agent, signal)
      : undefined;
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=accept-new',
    `UserKnownHostsFile=${knownHosts}`,
    'IdentityFile=/dev/null',
  ];
  const command = ['ssh', '-F', '/dev/null', ...options.flatMap((option) => ['-o', option])];
  return {
    env: {
      GIT_SSH_COMMAND: command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' '),
      ...(socket && { SSH_AUTH_SOCK: agent }),
    },
    [Symbol.asyncDispose]: async () => socket?.[Symbol.dispose](),
  };
}
