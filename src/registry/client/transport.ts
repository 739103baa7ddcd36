import type { Agent, IncomingMessage, RequestOptions } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EngineError } from '../../lib/errors.ts';
import { Agent as HttpAgent, request as httpRequest } from '../../lib/http.ts';
import { Agent as HttpsAgent, request as httpsRequest } from '../../lib/https.ts';
import { proxyOptions } from '../../lib/proxies.ts';
import { certificatesOf, certificatesVersion } from './certificates.ts';
import { TransportError, transportError } from './transport-error.ts';
import type { RegistrySettings } from './types.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';

export interface HttpRequest {
  readonly method: Method;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  /** Check the server's certificate. */
  readonly verify: boolean;
  /** Milliseconds of silence after which the request fails. */
  readonly silence?: number;
}

const USER_AGENT = 'lading/0.1';
const SILENCE = 60_000;

/** Sends single HTTP requests over kept connections. No redirects, no authentication, no second try. */
export class Transport {
  private readonly agents = new Map<string, { agent: Agent; version: string }>();
  private readonly settings: RegistrySettings;

  constructor(settings: RegistrySettings) {
    this.settings = settings;
  }

  /** Resolves with the head of the answer, whose body the caller reads or destroys. */
  send(url: URL, request: HttpRequest): Promise<IncomingMessage> {
    const { method, body, signal } = request;
    signal?.throwIfAborted();
    const options: RequestOptions = {
      method,
      agent: this.agentOf(url, request.verify),
      headers: { 'user-agent': USER_AGENT, ...request.headers },
    };
    return new Promise((resolve, reject) => {
      const client = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options);
      let answered = false;
      const abort = (): void => void client.destroy(signal?.reason as Error);
      signal?.addEventListener('abort', abort, { once: true });
      client.on('close', () => signal?.removeEventListener('abort', abort));
      client.on('error', (error) => {
        if (answered) return;
        if (signal?.aborted) reject(signal.reason);
        else reject(error instanceof EngineError ? error : transportError(method, url, error));
      });
      client.on('response', (response) => {
        answered = true;
        response.on('error', () => {}); // readers see it too; without one it must not crash the engine
        resolve(response);
      });
      client.setTimeout(request.silence ?? this.settings.silence ?? SILENCE, () =>
        client.destroy(silent(method, url)),
      );
      if (body instanceof Uint8Array || body === undefined) client.end(body);
      else
        pipeline(Readable.from(body, { objectMode: false }), client).catch((error: Error) =>
          client.destroy(error),
        );
    });
  }

  close(): void {
    for (const { agent } of this.agents.values()) agent.destroy();
    this.agents.clear();
  }

  private agentOf(url: URL, verify: boolean): Agent {
    const key = `${url.protocol}//${url.host} ${verify}`;
    const version = url.protocol === 'https:' ? certificatesVersion(this.settings.caDir, url.host) : '';
    const known = this.agents.get(key);
    if (known?.version === version) return known.agent;
    const common = { keepAlive: true, timeout: SILENCE, ...proxyOptions(this.settings.proxyEnv) };
    const agent =
      url.protocol === 'https:'
        ? new HttpsAgent({
            ...common,
            rejectUnauthorized: verify,
            ...certificatesOf(this.settings.caDir, url.host),
          })
        : new HttpAgent(common);
    this.agents.set(key, { agent, version }); // connections of an earlier one end by themselves
    return agent;
  }
}

function silent(method: Method, url: URL): Error {
  const error = Object.assign(new Error('connection timed out'), { code: 'ETIMEDOUT' });
  return transportError(method, url, error);
}

/** Whether the same request may work when it is sent again. */
export const isTransient = (error: unknown): boolean => error instanceof TransportError && error.transient;
