import type { IncomingMessage } from 'node:http';
import { abortable } from '../../lib/abortable.ts';
import { discard, errorOf } from './answer.ts';
import { parseChallenges, type Challenge } from './challenge.ts';
import type { Endpoint } from './endpoint.ts';
import { TransportError } from './transport-error.ts';
import type { Transport } from './transport.ts';

/** What a first look at an endpoint told. */
export interface Host {
  /** `https://host[:port]`. */
  readonly origin: string;
  /** How it wants users to authenticate; empty for open registries. */
  readonly challenges: readonly Challenge[];
}

const REMEMBERED = 10 * 60_000;

/** Remembers for each endpoint its working scheme and its way of authentication, which `GET /v2/` tells. */
export class Hosts {
  private readonly known = new Map<string, { host: Promise<Host>; at: number }>();
  private readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  async of(endpoint: Endpoint, signal?: AbortSignal): Promise<Host> {
    const key = keyOf(endpoint);
    const known = this.known.get(key);
    if (known && Date.now() - known.at < REMEMBERED) return abortable(known.host, signal);
    const host = this.look(endpoint);
    this.known.set(key, { host, at: Date.now() });
    host.catch(() => this.forget(endpoint));
    return abortable(host, signal);
  }

  forget(endpoint: Endpoint): void {
    this.known.delete(keyOf(endpoint));
  }

  private async look(endpoint: Endpoint): Promise<Host> {
    let failure: unknown;
    for (const scheme of endpoint.schemes) {
      try {
        return await this.ping(`${scheme}://${endpoint.host}`, endpoint.verify);
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  private async ping(origin: string, verify: boolean): Promise<Host> {
    const response = await this.transport.send(new URL('/v2/', origin), { method: 'GET', verify });
    return { origin, challenges: await challengesOf(response, origin) };
  }
}

async function challengesOf(response: IncomingMessage, origin: string): Promise<Challenge[]> {
  const status = response.statusCode ?? 0;
  if (status >= 500 || status === 429) throw await errorOf(response, `Get "${origin}/v2/"`);
  discard(response);
  return status === 401 ? parseChallenges(response.headers['www-authenticate'] ?? '') : [];
}

const keyOf = (endpoint: Endpoint): string =>
  `${endpoint.schemes.join()} ${endpoint.verify} ${endpoint.host}`;
