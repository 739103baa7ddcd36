import { join } from 'node:path';
import { type Host, parseHost, type TlsFiles } from '../client/host.ts';
import { hasCode, messageOf } from '../lib/errors.ts';
import { readFileSync } from '../lib/fs.ts';
import { configDirectory } from './config-directory.ts';
import { ExitError } from './exit-code.ts';

/** What the flags before a command say about the engine to talk to. */
export interface HostFlags {
  readonly host?: string;
  readonly context?: string;
  readonly tls?: boolean;
  readonly tlsverify?: boolean;
  readonly tlscacert?: string;
  readonly tlscert?: string;
  readonly tlskey?: string;
}

export const DEFAULT_CONTEXT = 'default';

/** The variable that names a host, and with it overrides contexts. */
export const hostVariable = (env: NodeJS.ProcessEnv): string | undefined =>
  ['LADE_HOST', 'DOCKER_HOST'].find((name) => env[name]);

/** Docker's order: `--context`, `-H`, `$DOCKER_HOST`, `$DOCKER_CONTEXT`, what `context use` chose. */
export function contextName(flags: HostFlags, env: NodeJS.ProcessEnv): string {
  if (flags.host !== undefined && flags.context !== undefined)
    throw new ExitError(1, 'conflicting options: cannot specify both --host and --context');
  if (flags.context) return flags.context;
  if (flags.host !== undefined || hostVariable(env)) return DEFAULT_CONTEXT;
  return env['DOCKER_CONTEXT'] || currentContext(env) || DEFAULT_CONTEXT;
}

/** The engine to talk to; undefined = our own at its usual place, which is started when it does not run. */
export async function chooseHost(flags: HostFlags, env: NodeJS.ProcessEnv): Promise<Host | undefined> {
  const name = contextName(flags, env);
  if (name !== DEFAULT_CONTEXT) return hostOfContext(name, env);
  const variable = hostVariable(env);
  const text = flags.host || (variable && env[variable]);
  return text ? parseHost(withScheme(text), tlsOf(flags, env)) : undefined;
}

const withScheme = (text: string): string => (text.includes('://') ? text : `tcp://${text}`);

function currentContext(env: NodeJS.ProcessEnv): string | undefined {
  try {
    const text = readFileSync(join(configDirectory(env), 'config.json'), 'utf8');
    const { currentContext: name } = JSON.parse(text) as { currentContext?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined; // no file, or one that says nothing: whoever needs more of it complains
  }
}

async function hostOfContext(name: string, env: NodeJS.ProcessEnv): Promise<Host> {
  const { ContextStore } = await import('./contexts/store.ts');
  const store = new ContextStore(env);
  try {
    const endpoint = store.get(name).Endpoints['docker'];
    const { 'ca.pem': ca, 'cert.pem': cert, 'key.pem': key } = store.tls(name);
    const verify = !endpoint?.SkipTLSVerify;
    const hasTls = ca !== undefined || cert !== undefined || endpoint?.SkipTLSVerify === true;
    const tls = { verify, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
    return parseHost(endpoint?.Host ?? '', hasTls ? tls : undefined);
  } catch (error) {
    throw new ExitError(1, `Failed to initialize: unable to resolve docker endpoint: ${messageOf(error)}`);
  }
}

/** `--tlsverify` means `--tls`; the files are looked for where Docker's client keeps them. */
function tlsOf(flags: HostFlags, env: NodeJS.ProcessEnv): TlsFiles | undefined {
  const verify = flags.tlsverify ?? Boolean(env['DOCKER_TLS_VERIFY']);
  if (!verify && !(flags.tls ?? Boolean(env['DOCKER_TLS']))) return undefined;
  const directory = env['DOCKER_CERT_PATH'] || configDirectory(env);
  const read = (given: string | undefined, name: string, needed: boolean): Buffer | undefined =>
    readPem(given ?? join(directory, name), given !== undefined || needed);
  const ca = verify ? read(flags.tlscacert, 'ca.pem', true) : undefined;
  const cert = read(flags.tlscert, 'cert.pem', false);
  const key = read(flags.tlskey, 'key.pem', false);
  return { verify, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function readPem(path: string, needed: boolean): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (!needed && hasCode(error, 'ENOENT')) return undefined;
    const why = hasCode(error, 'ENOENT') ? 'no such file or directory' : messageOf(error);
    throw new ExitError(1, `Failed to initialize: unable to resolve docker endpoint: open ${path}: ${why}`);
  }
}
