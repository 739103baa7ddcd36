import type { RegistryAuth } from '../../image/types.ts';
import { codec } from '../messages.ts';
import type { Session } from './session.ts';

const CREDENTIALS = '/moby.filesync.v1.Auth/Credentials';

const codecs = [
  codec<{ Host: string }>('moby.session.CredentialsRequest'),
  codec<{ Username: string; Secret: string }>('moby.session.CredentialsResponse'),
] as const;

/** The name under which clients keep the credentials of Docker's own registry. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

/** What the client knows for a registry; undefined when it knows nothing. */
export async function askCredentials(
  session: Session,
  domain: string,
  signal: AbortSignal,
): Promise<RegistryAuth | undefined> {
  if (!session.supports(CREDENTIALS)) return undefined;
  const Host = domain === 'docker.io' ? DOCKER_HUB : domain;
  const { Username, Secret } = await session.call(CREDENTIALS, codecs, { Host }, signal);
  if (Secret === '') return undefined;
  // a client without a user name has an identity token
  return Username === '' ? { identityToken: Secret } : { username: Username, password: Secret };
}
