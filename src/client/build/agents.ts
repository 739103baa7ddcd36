import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { invalid } from '../../lib/errors.ts';

/** An SSH agent that a build may use; without a socket the user's own. */
export interface Agent {
  readonly id: string;
  readonly socket?: string;
}

/** `default` or `id=socket`. */
export function parseAgent(value: string): Agent {
  const [id = '', socket] = value.split(/=(.*)/s);
  if (id === '') throw invalid(`invalid ssh agent: ${value}`);
  return { id, ...(socket && { socket }) };
}

/** The sockets of agents, by id. Keys in files are no agents. */
export function agentSockets(
  agents: readonly Agent[],
  { env, cwd }: { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string },
): Record<string, string> {
  return Object.fromEntries(
    agents.map(({ id, socket = env['SSH_AUTH_SOCK'] }) => {
      if (!socket)
        throw invalid(`invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set (--ssh ${id})`);
      const path = resolve(cwd, socket);
      if (!statSync(path, { throwIfNoEntry: false })?.isSocket())
        throw invalid(
          `${path} is no socket of an SSH agent: add the key to an agent (ssh-add ${basename(path)})`,
        );
      return [id, path];
    }),
  );
}
