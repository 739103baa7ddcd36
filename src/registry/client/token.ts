import { invalid } from '../../lib/errors.ts';
import { errorOf, readBody } from './answer.ts';
import type { Challenge } from './challenge.ts';
import { printable } from './transport-error.ts';
import type { HttpRequest, Transport } from './transport.ts';
import type { RegistryAuth } from './types.ts';

export interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Given when it was asked for and the service has them. */
  readonly refreshToken?: string;
}

export interface TokenRequest {
  readonly challenge: Challenge;
  readonly scopes: readonly string[];
  readonly auth: RegistryAuth;
  /** Ask for a refresh token (`docker login`). */
  readonly offline?: boolean;
  /** Whether the registry itself is trusted without TLS; only then may its token service be. */
  readonly verify: boolean;
  readonly signal?: AbortSignal;
}

const CLIENT_ID = 'lading';
const DEFAULT_LIFE = 60;

/** Gets a bearer token (distribution spec, token authentication: by GET with a password, by POST with a refresh token). */
export async function fetchToken(transport: Transport, request: TokenRequest): Promise<Token> {
  const realm = realmOf(request);
  const { auth, signal } = request;
  const [url, send] =
    auth.identityToken === undefined ? byPassword(realm, request) : byRefreshToken(realm, request);
  const response = await transport.send(url, { ...send, verify: request.verify, ...(signal && { signal }) });
  if (response.statusCode !== 200) throw await errorOf(response, `${send.method} ${printable(url)}`);
  return parseToken(await readBody(response, 1 << 20, signal), printable(url));
}

function realmOf({ challenge, verify, auth }: TokenRequest): URL {
  const realm = URL.parse(challenge.parameters['realm'] ?? '');
  if (!realm || !/^https?:$/.test(realm.protocol))
    throw invalid('the registry names no token service that can be used');
  if (realm.protocol === 'http:' && verify && Object.keys(auth).length > 0)
    throw invalid(`refusing to send credentials without TLS to the token service ${printable(realm)}`);
  return realm;
}

type Send = Pick<HttpRequest, 'method' | 'headers' | 'body'>;

function byPassword(realm: URL, { challenge, scopes, auth, offline }: TokenRequest): [URL, Send] {
  const url = new URL(realm);
  const service = challenge.parameters['service'];
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (auth.username !== undefined && auth.username !== '') url.searchParams.set('account', auth.username);
  if (offline) {
    url.searchParams.set('offline_token', 'true');
    url.searchParams.set('client_id', CLIENT_ID);
  }
  return [url, { method: 'GET', headers: basicHeader(auth) }];
}

function byRefreshToken(realm: URL, { challenge, scopes, auth }: TokenRequest): [URL, Send] {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: auth.identityToken ?? '',
    service: challenge.parameters['service'] ?? '',
    client_id: CLIENT_ID,
    scope: scopes.join(' '),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return [realm, { method: 'POST', headers, body: Buffer.from(form.toString()) }];
}

/** `Authorization` with user and password; empty without a user. */
export function basicHeader(auth: RegistryAuth): { authorization?: string } {
  if (auth.username === undefined || auth.username === '') return {};
  const pair = Buffer.from(`${auth.username}:${auth.password ?? ''}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

function parseToken(body: Buffer, service: string): Token {
  let answer: Record<string, unknown> = {};
  try {
    answer = JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    // without a token it is refused below
  }
  const value = answer['token'] ?? answer['access_token'];
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    throw invalid(`the token service ${service} gave no token`);
  const life = Number(answer['expires_in']) || DEFAULT_LIFE;
  const refresh = answer['refresh_token'];
  return {
    value,
    expiresAt: Date.now() + life * 1000,
    ...(typeof refresh === 'string' && refresh !== '' && { refreshToken: refresh }),
  };
}
