import { EngineError } from '../lib/errors.ts';
import type { RegistryAuth } from '../image/types.ts';
import type { AuthConfig } from '../wire/image.ts';
import { readJsonHeader } from './body.ts';
import type { Call } from './call.ts';
import { defined } from './defined.ts';
import type { Shape } from './shape.ts';

export const authShape = {
  members: {
    username: 'string',
    password: 'string',
    auth: 'string',
    email: 'string',
    serveraddress: 'string',
    identitytoken: 'string',
    registrytoken: 'string',
  } satisfies Record<keyof AuthConfig, Shape>,
} as const;

/** The credentials in the header `X-Registry-Auth`. */
export function registryAuth(call: Call): RegistryAuth | undefined {
  const wire = readCredentials<AuthConfig>(call, 'x-registry-auth', authShape);
  return wire && toRegistryAuth(wire);
}

/** The header `X-Registry-Config` of builds: credentials by registry. */
export function registryConfig(call: Call): Record<string, RegistryAuth> {
  const wire = readCredentials<Record<string, AuthConfig>>(call, 'x-registry-config', { map: authShape });
  return Object.fromEntries(
    Object.entries(wire ?? {}).flatMap(([server, config]) => {
      const auth = toRegistryAuth(config);
      return auth ? [[hostname(server), auth]] : [];
    }),
  );
}

/** What can't be read are none, as in Docker: many registries need none. */
function readCredentials<T>(call: Call, header: string, shape: Shape): T | undefined {
  try {
    return readJsonHeader<T>(call, header, shape);
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'invalid') return undefined;
    throw error;
  }
}

/** The registry that clients name by an address. */
export const hostname = (server: string): string =>
  server.replace(/^https?:\/\//, '').replace(/\/v[12]\/?$/, '');

/** Undefined when it has no credentials at all, as clients send it for registries that nobody logged in to. */
export function toRegistryAuth(wire: AuthConfig): RegistryAuth | undefined {
  const [user, ...rest] = wire.auth ? Buffer.from(wire.auth, 'base64').toString().split(':') : [];
  const auth = defined({
    username: wire.username || user || undefined,
    password: wire.password || (rest.length > 0 ? rest.join(':') : undefined),
    identityToken: wire.identitytoken || undefined,
    registryToken: wire.registrytoken || undefined,
  });
  return Object.keys(auth).length > 0 ? auth : undefined;
}
