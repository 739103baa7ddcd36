import type { IncomingMessage } from 'node:http';
import { EngineError, prefixed } from '../../lib/errors.ts';
import { discard, errorOf, RegistryError } from './answer.ts';
import { type Authorizer, NoCredentials } from './authorizer.ts';
import { pause, pauseBefore } from './backoff.ts';
import { parseChallenges, type Challenge } from './challenge.ts';
import type { Endpoint } from './endpoint.ts';
import type { Host, Hosts } from './host.ts';
import { printable, TransportError } from './transport-error.ts';
import { isTransient, type Method, type Transport } from './transport.ts';
import type { RegistryAuth } from './types.ts';

export interface Call {
  readonly method: Method;
  readonly headers?: Readonly<Record<string, string>>;
  /** A function, because a request may have to be sent again. */
  readonly body?: Uint8Array | (() => AsyncIterable<Uint8Array>);
  /** Statuses that are no error. */
  readonly ok: readonly number[];
  readonly signal?: AbortSignal | undefined;
  readonly silence?: number;
  /** Whether a failure that may pass is tried again. Not for what must not be done twice. */
  readonly repeat: boolean;
}

/** What connections of one engine share. */
export interface Shared {
  readonly transport: Transport;
  readonly hosts: Hosts;
  readonly authorizer: Authorizer;
}

const TRIES = 4;
const LONGEST_WAIT = 10_000;
const REDIRECTS = 5;

/** Requests to one endpoint for one user and set of rights: authenticated, redirected and repeated as needed. */
export class Connection {
  readonly endpoint: Endpoint;
  private readonly shared: Shared;
  private readonly auth: RegistryAuth;
  private readonly scopes: readonly string[];
  /** What the endpoint asked for last, when that is more than its first look told. */
  private challenges: readonly Challenge[] | undefined;

  constructor(shared: Shared, endpoint: Endpoint, user: { auth: RegistryAuth; scopes: readonly string[] }) {
    this.shared = shared;
    this.endpoint = endpoint;
    this.auth = user.auth;
    this.scopes = user.scopes;
  }

  /** Resolves with an answer whose status is in `ok`; everything else throws. */
  async call(target: string | URL, call: Call): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.follow(target, call);
      } catch (error) {
        const wait = waitAfter(error, attempt);
        if (!call.repeat || attempt >= TRIES || wait === undefined || call.signal?.aborted) throw error;
        await pause(wait, call.signal);
      }
    }
  }

  /** Resolves a `Location` against the request that it answers; never leads from TLS back to plain HTTP on the same host. */
  locate(location: string, base: URL): URL {
    const url = new URL(location, base);
    if (url.protocol === 'http:' && base.protocol === 'https:' && url.hostname === base.hostname)
      return new URL(`https:${url.href.slice('http:'.length)}`);
    return url;
  }

  async origin(signal?: AbortSignal): Promise<string> {
    return (await this.host(signal)).origin;
  }

  private async host(signal: AbortSignal | undefined): Promise<Host> {
    return this.shared.hosts.of(this.endpoint, signal);
  }

  private async follow(target: string | URL, call: Call): Promise<IncomingMessage> {
    const host = await this.host(call.signal);
    let url = new URL(target, host.origin);
    for (let hops = 0; ; hops += 1) {
      const response = await this.authenticated(host, url, call);
      const status = response.statusCode ?? 0;
      if (call.ok.includes(status)) return response;
      const location = response.headers.location;
      const redirected = [301, 302, 303, 307, 308].includes(status) && location !== undefined;
      if (!redirected || !['GET', 'HEAD'].includes(call.method)) {
        throw await errorOf(response, `${titled(call.method)} "${printable(url)}"`);
      }
      discard(response);
      if (hops >= REDIRECTS)
        throw new EngineError(
          'unavailable',
          `${titled(call.method)} "${printable(url)}": stopped after ${REDIRECTS} redirects`,
        );
      url = this.locate(location, url);
      if (url.protocol === 'http:' && this.endpoint.verify)
        throw new EngineError(
          'unavailable',
          `${host.origin} redirects to ${printable(url)}, which is not protected by TLS`,
        );
    }
  }

  /** Sends with credentials, which never go to another host than the endpoint's; answers one challenge. */
  private async authenticated(host: Host, url: URL, call: Call): Promise<IncomingMessage> {
    if (url.origin !== host.origin) return this.send(host, url, call, {});
    const challenges = this.challenges ?? host.challenges;
    const response = await this.send(host, url, call, await this.headers(challenges, url, call, false));
    const offered =
      response.statusCode === 401 ? parseChallenges(response.headers['www-authenticate'] ?? '') : [];
    if (
      offered.length === 0 ||
      (challenges.some(({ scheme }) => scheme === 'basic') && this.auth.username !== undefined)
    )
      return response;
    discard(response);
    this.challenges = offered;
    return this.send(host, url, call, await this.headers(offered, url, call, true));
  }

  private async headers(
    challenges: readonly Challenge[],
    url: URL,
    call: Call,
    fresh: boolean,
  ): Promise<{ authorization?: string }> {
    const request = { scopes: this.scopes, auth: this.auth, verify: this.endpoint.verify };
    try {
      return await this.shared.authorizer.headersFor(
        challenges,
        { ...request, ...(call.signal && { signal: call.signal }) },
        fresh,
      );
    } catch (error) {
      // those who push are told of it without the request
      if (!(error instanceof NoCredentials) || this.scopes[0]?.endsWith('push')) throw error;
      throw prefixed(`${titled(call.method)} "${printable(url)}"`, error);
    }
  }

  private async send(
    host: Host,
    url: URL,
    call: Call,
    authorization: { authorization?: string },
  ): Promise<IncomingMessage> {
    const { method, headers, body, signal, silence } = call;
    try {
      return await this.shared.transport.send(url, {
        method,
        headers: { ...headers, ...authorization },
        verify: this.endpoint.verify,
        ...(body && { body: typeof body === 'function' ? body() : body }),
        ...(signal && { signal }),
        ...(silence !== undefined && { silence }),
      });
    } catch (error) {
      if (error instanceof TransportError && url.origin === host.origin)
        this.shared.hosts.forget(this.endpoint);
      throw error;
    }
  }
}

const titled = (method: string): string => method.charAt(0) + method.slice(1).toLowerCase();

/** Milliseconds to wait before a repetition; undefined when none is of use. */
function waitAfter(error: unknown, attempt: number): number | undefined {
  if (isTransient(error)) return pauseBefore(attempt);
  if (!(error instanceof RegistryError)) return undefined;
  const asked = error.retryAfter;
  if (error.status === 429) return asked !== undefined && asked <= LONGEST_WAIT ? asked : undefined;
  if (![500, 502, 503, 504].includes(error.status)) return undefined;
  return asked === undefined ? pauseBefore(attempt) : Math.min(asked, LONGEST_WAIT);
}
