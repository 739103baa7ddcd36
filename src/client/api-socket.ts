import type { AuthConfig } from '../wire/image.ts';

/* What a container is given that talks to the engine it runs on. */

/** The engine's socket, as its clients look for it. */
export const SOCKET = '/var/run/docker.sock';

/** Where Docker's clients are told to find the logins. */
export const CONFIG_DIRECTORY = '/run/secrets/docker';

/** What Docker's config file has of logins. */
export const loginsFile = (logins: Readonly<Record<string, AuthConfig>>): string =>
  JSON.stringify({
    auths: Object.fromEntries(
      Object.entries(logins).map(([server, { username = '', password = '', identitytoken }]) => [
        server,
        {
          auth: Buffer.from(`${username}:${password}`).toString('base64'),
          ...(identitytoken !== undefined && { identitytoken }),
        },
      ]),
    ),
  });
