import { CONFIG_DIRECTORY, loginsFile, SOCKET } from '../../client/api-socket.ts';
import { makeEntry } from '../../lib/tar/entry.ts';
import { writeTar } from '../../lib/tar/write.ts';
import { invalid } from '../../lib/errors.ts';
import type { CreateContainerBody } from '../../wire/container.ts';
import type { Context } from '../context.ts';
import { allAuth } from '../registry-auth.ts';

/** The body of a container that `--use-api-socket` gives the engine's socket, and Docker's place for the logins. */
export function withApiSocket(context: Context, body: CreateContainerBody): CreateContainerBody {
  const { host } = context.client.transport;
  if (host.kind !== 'unix') throw invalid('--use-api-socket needs an engine that listens on a unix socket');
  const bind = { Type: 'bind', Source: host.path, Target: SOCKET };
  return {
    ...body,
    Env: [...(body.Env ?? []), `DOCKER_CONFIG=${CONFIG_DIRECTORY}`],
    HostConfig: { ...body.HostConfig, Mounts: [...(body.HostConfig?.Mounts ?? []), bind] },
  };
}

/** Puts the user's logins into a created container. */
export async function copyLogins(context: Context, id: string): Promise<void> {
  const body = Buffer.from(loginsFile(await allAuth(context)));
  const path = CONFIG_DIRECTORY.slice(1);
  const directories = ['run', 'run/secrets', path].map((name) => ({
    entry: makeEntry({ name: `${name}/`, type: 'directory', mode: 0o755 }),
  }));
  const file = makeEntry({ name: `${path}/config.json`, type: 'file', size: body.length, mode: 0o600 });
  await context.client.containers.writeArchive(id, '/', writeTar([...directories, { entry: file, body }]));
}
