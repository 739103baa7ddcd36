import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalid, messageOf } from '../../lib/errors.ts';
import { parsePrivateKey, type PrivateKey } from './ssh/private-key.ts';
import { serveAgent } from './ssh/serve-agent.ts';

/** An SSH agent that a build may use, as it is asked for; without paths the user's own. */
export interface Agent {
  readonly id: string;
  /** A socket, or files of keys. */
  readonly paths?: readonly string[];
}

/** What stands behind an id: an agent that runs, or keys to make one of. */
export type AgentSource = { readonly socket: string } | { readonly keys: readonly PrivateKey[] };

/** `default`, `id=socket` or `id=key,key`. */
export function parseAgent(value: string): Agent {
  const [id = '', paths] = value.split(/=(.*)/s);
  if (id === '') throw invalid(`invalid ssh agent: ${value}`);
  return { id, ...(paths && { paths: paths.split(',') }) };
}

/** Finds sockets and reads keys, by id. */
export function agentSources(
  agents: readonly Agent[],
  { env, cwd }: { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string },
): Record<string, AgentSource> {
  return Object.fromEntries(
    agents.map(({ id, paths = [env['SSH_AUTH_SOCK']].filter((path) => path !== undefined) }) => {
      const [first] = paths;
      if (!first)
        throw invalid(`invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set (--ssh ${id})`);
      const found = paths.map((path) => sourceAt(resolve(cwd, path)));
      const keys = found.filter((each) => typeof each !== 'string');
      if (keys.length === found.length) return [id, { keys }];
      if (found.length > 1) throw invalid(`--ssh ${id}: want one socket, or files of keys alone`);
      return [id, { socket: resolve(cwd, first) }];
    }),
  );
}

/** More is no key. */
const LARGEST = 100 << 10;

/** The path of a socket, or the key in a file. */
function sourceAt(path: string): string | PrivateKey {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw invalid(`failed to open ssh key or agent socket ${path}: no such file or directory`);
  if (stats.isSocket()) return path;
  if (!stats.isFile() || stats.size > LARGEST)
    throw invalid(`${path} is no key and no socket of an SSH agent`);
  return parsePrivateKey(readText(path), path);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(`failed to open ssh key: ${messageOf(error)}`, error);
  }
}

interface OpenAgents extends Disposable {
  /** By id. */
  readonly sockets: Readonly<Record<string, string>>;
}

/** Sockets of all agents; those for keys are there until they are disposed of. */
export async function openAgents(sources: Readonly<Record<string, AgentSource>>): Promise<OpenAgents> {
  using opening = new DisposableStack();
  const sockets: Record<string, string> = {};
  for (const [id, source] of Object.entries(sources))
    sockets[id] = 'socket' in source ? source.socket : opening.use(await serveAgent(source.keys)).socket;
  const held = opening.move();
  return { sockets, [Symbol.dispose]: () => held.dispose() };
}
