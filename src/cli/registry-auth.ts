import { readFileSync } from '../lib/fs.ts';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../lib/exec.ts';
import { parseReference } from '../oci/reference.ts';
import type { AuthConfig } from '../wire/image.ts';
import type { Context } from './context.ts';

const HUB = 'https://index.docker.io/v1/';

interface ConfigFile {
  readonly auths?: Readonly<Record<string, { auth?: string; identitytoken?: string }>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/** The file where Docker's CLI keeps its settings and logins; we share it. */
export const configPath = (context: Context): string =>
  join(context.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json');

export function readConfig(context: Context): ConfigFile {
  try {
    return JSON.parse(readFileSync(configPath(context), 'utf8')) as ConfigFile;
  } catch {
    return {}; // no file, or none that can be read: no logins
  }
}

/** Credentials for the registry of an image, from the config file or a credential helper; undefined when there are none. */
export async function authFor(context: Context, image: string): Promise<AuthConfig | undefined> {
  const { domain } = parseReference(image);
  const server = domain === 'docker.io' ? HUB : domain;
  const config = readConfig(context);
  const helper = config.credHelpers?.[server] ?? config.credsStore;
  if (helper !== undefined) return fromHelper(helper, server);
  const entry = config.auths?.[server] ?? config.auths?.[`https://${server}`];
  if (!entry) return undefined;
  if (entry.identitytoken) return { serveraddress: server, identitytoken: entry.identitytoken };
  const [username = '', password = ''] = Buffer.from(entry.auth ?? '', 'base64')
    .toString()
    .split(/:(.*)/s);
  return { serveraddress: server, username, password };
}

async function fromHelper(helper: string, server: string): Promise<AuthConfig | undefined> {
  try {
    const { stdout } = await exec(`docker-credential-${helper}`, ['get'], { input: server });
    const { Username = '', Secret = '' } = JSON.parse(stdout) as { Username?: string; Secret?: string };
    return Username === '<token>'
      ? { serveraddress: server, identitytoken: Secret }
      : { serveraddress: server, username: Username, password: Secret };
  } catch {
    return undefined; // the helper knows nothing of this registry
  }
}

/** Every login of the config file by registry, for builds that pull from several. */
export function allAuth(context: Context): Record<string, AuthConfig> {
  return Object.fromEntries(
    Object.entries(readConfig(context).auths ?? {}).map(([server, { auth = '', identitytoken }]) => {
      const [username = '', password = ''] = Buffer.from(auth, 'base64').toString().split(/:(.*)/s);
      return [server, { serveraddress: server, username, password, ...(identitytoken && { identitytoken }) }];
    }),
  );
}
