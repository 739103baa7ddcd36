import { parseReference, type Reference } from '../oci/reference.ts';
import type { RegistryAuth } from '../registry/client/types.ts';
import type { AuthConfig } from '../wire/image.ts';
import { changeConfig, type ConfigFile, readConfig, type StoredLogin } from './config-file.ts';
import type { Context } from './context.ts';
import { given } from './flags.ts';

/** The name under which logins to Docker Hub are kept. */
export const HUB = 'https://index.docker.io/v1/';

/** The name under which the login to a server is kept: its host alone. */
export function serverName(server: string | undefined): string {
  if (server === undefined || server === 'docker.io' || server === HUB) return HUB;
  return server.replace(/^https?:\/\//, '').replace(/\/.*$/s, '');
}

/** Credentials for the registry of an image, from the config file or a credential helper; undefined when there are none. */
export function authFor(context: Context, image: string): Promise<AuthConfig | undefined> {
  const { domain } = parseReference(image);
  return loginTo(context, serverName(domain));
}

/** Where the logins of the user come from, for work that pulls and builds. */
export const authOptions = (context: Context) => ({
  authFor: (image: string) => authFor(context, image),
  allAuth: () => allAuth(context),
});

/** The login to a server that is kept. */
export async function loginTo(context: Context, server: string): Promise<AuthConfig | undefined> {
  const config = readConfig(context);
  const helper = helperOf(config, server);
  if (helper !== undefined) return (await import('./credential-helper.ts')).getCredentials(helper, server);
  const entry = Object.entries(config.auths ?? {}).find(([name]) => serverName(name) === server);
  return entry && authOf(server, entry[1]);
}

/** The login to a registry, as our own client of registries takes it. */
export async function registryLogin(
  context: Context,
  { domain }: Pick<Reference, 'domain'>,
): Promise<RegistryAuth | undefined> {
  const login = await loginTo(context, serverName(domain));
  if (!login) return undefined;
  const { username, password, identitytoken, registrytoken } = login;
  return {
    ...given('username', username),
    ...given('password', password),
    ...given('identityToken', identitytoken),
    ...given('registryToken', registrytoken),
  };
}

/** Every login that is kept, by registry, for builds that pull from several. */
export async function allAuth(
  context: Context,
  config: ConfigFile = readConfig(context),
): Promise<Record<string, AuthConfig>> {
  const stored = Object.entries(config.auths ?? {}).map(
    ([server, login]) => [server, authOf(server, login)] as const,
  );
  if (config.credsStore === undefined && !config.credHelpers) return Object.fromEntries(stored);
  const { getCredentials, listServers } = await import('./credential-helper.ts');
  const servers = new Map(Object.entries(config.credHelpers ?? {}));
  if (config.credsStore !== undefined)
    for (const server of await listServers(config.credsStore))
      if (!servers.has(server)) servers.set(server, config.credsStore);
  const kept = await Promise.all(
    [...servers].map(async ([server, helper]) => [server, await getCredentials(helper, server)] as const),
  );
  return Object.fromEntries([...stored, ...kept].filter(([, auth]) => auth) as [string, AuthConfig][]);
}

/** Keeps a login. Returns the path of the file when it lies there unencrypted. */
export async function storeLogin(context: Context, auth: Required<Login>): Promise<void> {
  const helper = helperOf(readConfig(context), auth.serveraddress);
  if (helper !== undefined) return (await import('./credential-helper.ts')).storeCredentials(helper, auth);
  const { username, password, identitytoken, serveraddress } = auth;
  const text = Buffer.from(`${username}:${identitytoken === '' ? password : ''}`).toString('base64');
  const entry = { auth: text, ...(identitytoken !== '' && { identitytoken }) };
  await changeConfig(context, (config) => ({
    ...config,
    auths: { ...config.auths, [serveraddress]: entry },
  }));
}

export type Login = Pick<AuthConfig, 'username' | 'password' | 'identitytoken' | 'serveraddress'>;

/** Forgets a login; it does not matter whether there was one. */
export async function eraseLogin(context: Context, server: string): Promise<void> {
  const config = readConfig(context);
  const helper = helperOf(config, server);
  if (helper !== undefined) await (await import('./credential-helper.ts')).eraseCredentials(helper, server);
  if (!Object.keys(config.auths ?? {}).some((name) => serverName(name) === server)) return;
  await changeConfig(context, ({ auths = {}, ...rest }) => ({
    ...rest,
    auths: Object.fromEntries(Object.entries(auths).filter(([name]) => serverName(name) !== server)),
  }));
}

/** Whether a login to this server would lie in the config file as it is. */
export const isUnencrypted = (context: Context, server: string): boolean =>
  helperOf(readConfig(context), server) === undefined;

const helperOf = (config: ConfigFile, server: string): string | undefined =>
  config.credHelpers?.[server] ?? (config.credsStore || undefined);

function authOf(server: string, login: StoredLogin): AuthConfig {
  const { auth = '', identitytoken, registrytoken } = login;
  const [username = '', password = ''] =
    auth === '' ? [login.username, login.password] : Buffer.from(auth, 'base64').toString().split(/:(.*)/s);
  return {
    serveraddress: server,
    username,
    password,
    ...(identitytoken && { identitytoken }),
    ...(registrytoken && { registrytoken }),
  };
}
