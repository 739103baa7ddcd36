import { EngineError, invalid, messageOf } from '../../lib/errors.ts';
import { discard, readBody } from './answer.ts';
import { type Endpoint, hostnameOf } from './endpoint.ts';
import type { Transport } from './transport.ts';
import type { RegistryAuth } from './types.ts';

/** One repository that was found, as the index tells it: nothing in it is checked. */
export type SearchResult = Readonly<Record<string, unknown>>;

export interface SearchRequest {
  readonly limit: number;
  readonly auth?: RegistryAuth;
  readonly signal?: AbortSignal;
}

const HUB = { index: 'docker.io', origin: 'https://index.docker.io' };
const MAX_ANSWER = 4 << 20;

/** `localhost:5000/app` → the index and what to look for there. Without a host it is Docker Hub. */
export function splitTerm(term: string): { domain: string; term: string } {
  const slash = term.indexOf('/');
  const first = slash < 0 ? '' : term.slice(0, slash);
  if (!/[.:]/.test(first) && first !== 'localhost')
    return { domain: HUB.index, term: first === 'library' ? term.slice(slash + 1) : term };
  if (!/^[\w.:[\]-]+$/.test(first) || hostnameOf(first) === '')
    throw invalid(`invalid index name (${first})`);
  const isHub = first === HUB.index || first === 'index.docker.io';
  return { domain: isHub ? HUB.index : first, term: term.slice(slash + 1) };
}

/** Asks an index by the protocol of Docker's first registry, which only the search is left of. */
export async function searchIndex(
  transport: Transport,
  endpoint: Endpoint & { readonly domain: string },
  term: string,
  request: SearchRequest,
): Promise<SearchResult[]> {
  const origin = endpoint.domain === HUB.index ? HUB.origin : await findOrigin(transport, endpoint, request);
  const url = new URL('/v1/search', origin);
  url.searchParams.set('q', term);
  url.searchParams.set('n', String(request.limit));
  const { signal, auth } = request;
  const response = await transport.send(url, {
    method: 'GET',
    verify: endpoint.verify,
    headers: { 'x-docker-token': 'true', ...authorization(auth) },
    ...(signal && { signal }),
  });
  if (response.statusCode !== 200) {
    discard(response);
    throw new EngineError('unavailable', `Unexpected status code ${response.statusCode}`);
  }
  return resultsOf(await readBody(response, MAX_ANSWER, signal));
}

/** The first scheme by which the index answers at all. */
async function findOrigin(
  transport: Transport,
  { domain, schemes, verify }: Endpoint & { readonly domain: string },
  { signal }: SearchRequest,
): Promise<string> {
  const failures: string[] = [];
  for (const scheme of schemes)
    try {
      const url = new URL(`${scheme}://${domain}/v1/_ping`);
      discard(await transport.send(url, { method: 'GET', verify, ...(signal && { signal }) }));
      return url.origin;
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(`${scheme.toUpperCase()} attempt: ${messageOf(error)}`);
    }
  throw invalid(`invalid registry endpoint "${schemes.at(-1)}://${domain}/v1/". ${failures.join('. ')}`);
}

function authorization(auth: RegistryAuth | undefined): Record<string, string> {
  if (auth?.username === undefined) return {};
  const pair = Buffer.from(`${auth.username}:${auth.password ?? ''}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

function resultsOf(body: Buffer): SearchResult[] {
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString());
  } catch (error) {
    throw new EngineError('unavailable', `error decoding registry search results: ${messageOf(error)}`);
  }
  const results = (answer as { results?: unknown } | null)?.results;
  return Array.isArray(results) ? results.filter((item) => typeof item === 'object' && item !== null) : [];
}
