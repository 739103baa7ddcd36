import { invalid } from '../lib/errors.ts';
import { parsePlatform } from '../oci/platform.ts';
import { withDefaultTag } from '../oci/reference.ts';
import { transportError } from '../registry/client/transport-error.ts';
import type { Answer, Call } from './call.ts';
import { parseChanges } from './commit-changes.ts';
import { defined } from './defined.ts';
import type { Engine } from './engine.ts';
import { progressStream } from './progress.ts';
import { queryText } from './query.ts';
import { newName } from './reference-param.ts';

/** POST /images/create?fromSrc=-|URL: an image of one layer from a root file system archive. */
export async function importImage(call: Call, engine: Engine): Promise<Answer> {
  const { query } = call;
  const repository = queryText(query, 'repo');
  const platform = queryText(query, 'platform');
  const options = defined({
    reference:
      repository === undefined ? undefined : withDefaultTag(newName(repository, queryText(query, 'tag'))),
    message: queryText(query, 'message'),
    changes: await parseChanges(query.getAll('changes')),
    platform: platform === undefined ? undefined : parsePlatform(platform),
    signal: call.signal,
  });
  return progressStream({ version: call.version }, async (tell) => {
    const archive = await source(call, queryText(query, 'fromSrc') ?? '-');
    const image = await engine.images.importRootfs(archive, options);
    tell({ status: image.id });
  });
}

async function source(call: Call, from: string): Promise<AsyncIterable<Uint8Array>> {
  if (from === '-') return call.body;
  const url = URL.parse(from.includes('://') ? from : `http://${from}`);
  if (!url || !/^https?:$/.test(url.protocol))
    throw invalid(`cannot import from ${JSON.stringify(from)}: want - or an HTTP URL`);
  let response: Response;
  try {
    response = await fetch(url, { signal: call.signal });
  } catch (error) {
    throw transportError('GET', url, error instanceof Error ? (error.cause ?? error) : error);
  }
  if (!response.ok || !response.body)
    throw invalid(`cannot download ${url.host}${url.pathname}: status ${response.status}`);
  return response.body;
}
