import type { IncomingMessage } from 'node:http';
import { Agent as HttpAgent, request as httpRequest } from './http.ts';
import { Agent as HttpsAgent, request as httpsRequest } from './https.ts';
import { proxyOptions } from './proxies.ts';

interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** As many as Go's clients follow. */
const MOST_REDIRECTS = 10;
/** Milliseconds. */
const SILENCE = 300_000;

/**
 * Reads a URL by way of the environment's proxies, wherever it leads. Node's `fetch` knows no proxies, and refuses ports that browsers
 * must not use, such as 6000. Resolves with the head of the answer, whose body the caller reads or destroys; rejects with the system's error.
 */
export async function getUrl(url: URL, { headers = {}, signal }: GetOptions): Promise<IncomingMessage> {
  let at = url;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await getOnce(at, { headers: sameServer(at, url) ? headers : anonymous(headers), signal });
    const next = redirectOf(answer, at);
    if (!next) return answer;
    answer.destroy();
    if (redirects === MOST_REDIRECTS) throw new Error(`stopped after ${MOST_REDIRECTS} redirects`);
    if (!/^https?:$/.test(next.protocol)) throw new Error(`unsupported protocol scheme ${next.protocol}`);
    at = next;
  }
}

function getOnce(url: URL, { headers, signal }: Required<GetOptions>): Promise<IncomingMessage> {
  signal.throwIfAborted();
  const [request, Agent] = url.protocol === 'https:' ? [httpsRequest, HttpsAgent] : [httpRequest, HttpAgent];
  const agent = new Agent(proxyOptions(process.env));
  return new Promise((resolve, reject) => {
    const client = request(url, { agent, headers: { 'user-agent': 'lading', ...headers }, signal });
    client.on('error', reject);
    client.on('response', (answer) => {
      answer.on('error', () => {}); // readers see it too; without one it must not crash the engine
      resolve(answer);
    });
    client.setTimeout(SILENCE, () => {
      const error = Object.assign(new Error('connection timed out'), { code: 'ETIMEDOUT' });
      client.destroy(error);
    });
    client.end();
  });
}

function redirectOf({ statusCode = 0, headers: { location } }: IncomingMessage, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return undefined;
  return new URL(location, from);
}

/** Credentials are for the server that they were given for. */
const sameServer = (one: URL, other: URL): boolean =>
  one.host === other.host && one.protocol === other.protocol;

const anonymous = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
