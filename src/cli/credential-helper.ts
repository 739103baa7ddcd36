import { exec } from '../lib/exec.ts';
import type { AuthConfig } from '../wire/image.ts';

/*
 * Programs `docker-credential-NAME` that keep logins outside of the config file: https://github.com/docker/docker-credential-helpers
 */

const call = async (helper: string, verb: string, input: string): Promise<string> =>
  (await exec(`docker-credential-${helper}`, [verb], { input })).stdout;

/** The login to a server; undefined when the helper has none. */
export async function getCredentials(helper: string, server: string): Promise<AuthConfig | undefined> {
  try {
    const answer = JSON.parse(await call(helper, 'get', server)) as { Username?: string; Secret?: string };
    const { Username = '', Secret = '' } = answer;
    return Username === '<token>'
      ? { serveraddress: server, identitytoken: Secret }
      : { serveraddress: server, username: Username, password: Secret };
  } catch {
    return undefined; // helpers fail where they know nothing
  }
}

/** The servers to which a helper keeps a login. */
export async function listServers(helper: string): Promise<string[]> {
  try {
    return Object.keys(JSON.parse(await call(helper, 'list', '')) as Record<string, string>);
  } catch {
    return []; // as above
  }
}

export async function storeCredentials(helper: string, login: AuthConfig): Promise<void> {
  const { serveraddress, username, password, identitytoken } = login;
  const entry = identitytoken
    ? { ServerURL: serveraddress, Username: '<token>', Secret: identitytoken }
    : { ServerURL: serveraddress, Username: username, Secret: password };
  await call(helper, 'store', JSON.stringify(entry));
}

export async function eraseCredentials(helper: string, server: string): Promise<void> {
  await call(helper, 'erase', server);
}
