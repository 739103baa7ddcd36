import { createHash } from 'node:crypto';
import { abortable } from '../../lib/abortable.ts';
import { EngineError } from '../../lib/errors.ts';
import type { Challenge } from './challenge.ts';
import { basicHeader, fetchToken, type Token, type TokenRequest } from './token.ts';
import type { Transport } from './transport.ts';

/** A token is renewed this long before its end, so that it does not expire on its way. */
const MARGIN = 10_000;

/** The registry wants a user and a password, and there are none. */
export class NoCredentials extends EngineError {
  constructor() {
    super('unauthorized', 'no basic auth credentials');
    this.name = 'NoCredentials';
  }
}

/** Answers challenges: makes the `Authorization` header for a request and keeps tokens while they are valid. */
export class Authorizer {
  private readonly tokens = new Map<string, Promise<Token>>();
  private readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** Empty when no authentication is wanted. `fresh` does not use a kept token. */
  async headersFor(
    challenges: readonly Challenge[],
    request: Omit<TokenRequest, 'challenge'>,
    fresh = false,
  ): Promise<{ authorization?: string }> {
    const { auth } = request;
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer && auth.registryToken !== undefined) return { authorization: `Bearer ${auth.registryToken}` };
    if (bearer) {
      const token = await this.token({ ...request, challenge: bearer }, fresh);
      return { authorization: `Bearer ${token.value}` };
    }
    if (!challenges.some(({ scheme }) => scheme === 'basic')) return {};
    const header = basicHeader(auth);
    if (header.authorization === undefined) throw new NoCredentials();
    return header;
  }

  private async token(request: TokenRequest, fresh: boolean): Promise<Token> {
    const key = keyOf(request);
    const kept = fresh ? undefined : await this.kept(key, request.signal);
    if (kept) return kept;
    const { signal, ...shared } = request;
    const token = fetchToken(this.transport, shared);
    this.tokens.set(key, token);
    token.catch(() => this.drop(key, token));
    return abortable(token, signal);
  }

  private async kept(key: string, signal: AbortSignal | undefined): Promise<Token | undefined> {
    const known = this.tokens.get(key);
    if (!known) return undefined;
    const token = await abortable(known, signal);
    if (token.expiresAt - MARGIN > Date.now()) return token;
    this.drop(key, known);
    return undefined;
  }

  private drop(key: string, token: Promise<Token>): void {
    if (this.tokens.get(key) === token) this.tokens.delete(key);
  }
}

/** Tokens are told apart by all that decides them; credentials only as a hash. */
function keyOf({ challenge, scopes, auth }: TokenRequest): string {
  const { realm, service } = challenge.parameters;
  const parts = [realm, service, ...scopes, auth.username, auth.password, auth.identityToken];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
