import { invalid } from '../lib/errors.ts';
import type { SearchResult } from '../wire/image.ts';
import { type Answer, type Call, json } from './call.ts';
import { defined } from './defined.ts';
import type { Engine } from './engine.ts';
import { type Filters, parseFilters } from './filters.ts';
import { queryText } from './query.ts';
import { registryAuth } from './registry-auth.ts';

const DEFAULT_LIMIT = 25;
const MAX_LIMIT = 100;

/** GET /images/search: asks Docker Hub, or the registry that the term begins with. */
export async function search(call: Call, engine: Engine): Promise<Answer> {
  const term = call.query.get('term') ?? '';
  const limit = limitOf(call.query);
  const filters = parseFilters(call.query, ['is-automated', 'is-official', 'stars']);
  const isWanted = resultFilter(filters);
  if (term.includes('://'))
    throw invalid(`invalid repository name: repository name (${term}) should not have a scheme`);
  // nothing is built automatically any more
  if (filters.bool('is-automated') === true) return json([]);
  const registry = await engine.registry();
  const found = await registry.search(term, {
    limit,
    signal: call.signal,
    ...defined({ auth: registryAuth(call) }),
  });
  return json(found.map(resultView).filter(isWanted));
}

function limitOf(query: URLSearchParams): number {
  const text = queryText(query, 'limit');
  if (text === undefined) return DEFAULT_LIMIT;
  if (!/^[+-]?\d{1,15}$/.test(text))
    throw invalid(`invalid limit specified: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const limit = Number(text);
  if (limit === 0) return DEFAULT_LIMIT;
  if (limit < 1 || limit > MAX_LIMIT)
    throw invalid(`limit ${limit} is outside the range of [1, ${MAX_LIMIT}]`);
  return limit;
}

function resultFilter(filters: Filters): (result: SearchResult) => boolean {
  const official = filters.bool('is-official');
  const stars = filters.get('stars').map((value) => {
    if (!/^[+-]?\d{1,15}$/.test(value)) throw invalid(`invalid filter 'stars=${value}'`);
    return Number(value);
  });
  const least = Math.max(0, ...stars);
  return ({ is_official, star_count }) =>
    star_count >= least && (official === undefined || is_official === official);
}

/** What a registry told, in the types that clients rely on. */
function resultView(given: Readonly<Record<string, unknown>>): SearchResult {
  const { name, description, star_count: stars } = given;
  return {
    star_count: Number.isSafeInteger(stars) ? (stars as number) : 0,
    is_official: given['is_official'] === true,
    name: typeof name === 'string' ? name : '',
    is_automated: false,
    description: typeof description === 'string' ? description : '',
  };
}
