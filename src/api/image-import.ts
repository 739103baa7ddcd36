import { EngineError, invalid } from '../lib/errors.ts';
import { getUrl } from '../lib/get-url.ts';
import { parsePlatform, type Platform } from '../oci/platform.ts';
import { withDefaultTag } from '../oci/reference.ts';
import { transportError } from '../registry/client/transport-error.ts';
import type { Answer, Call } from './call.ts';
import { parseChanges } from './commit-changes.ts';
import { defined } from './defined.ts';
import type { Engine } from './engine.ts';
import { progressStream, type Tell, transferLine } from './progress.ts';
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
    platform: platform === undefined ? undefined : importedPlatform(platform),
    signal: call.signal,
  });
  return progressStream({ version: call.version }, async (tell) => {
    const archive = await source(call, queryText(query, 'fromSrc') ?? '-', tell);
    const image = await engine.images.importRootfs(archive, options);
    tell({ status: image.id });
  });
}

function importedPlatform(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform.os !== 'linux') throw invalid('operating system is not supported');
  return platform;
}

async function source(call: Call, from: string, tell: Tell): Promise<AsyncIterable<Uint8Array>> {
  if (from === '-') return call.body;
  const url = URL.parse(from.includes('://') ? from : `http://${from}`);
  if (!url || !/^https?:$/.test(url.protocol))
    throw invalid(`cannot import from ${JSON.stringify(from)}: want - or an HTTP URL`);
  const answer = await getUrl(url, { signal: call.signal }).catch((error: unknown) => {
    throw transportError('GET', url, error);
  });
  const { statusCode: status = 0, statusMessage = '', headers } = answer;
  if (status < 200 || status > 299)
    throw refusal(status)(
      `failed to GET ${url.href} with status ${status} ${statusMessage}: ${await beginning(answer)}`,
    );
  tell({ status: `Downloading from ${url.href}` });
  return counted(answer, Number(headers['content-length'] ?? 0), tell);
}

/** What is not there, or not for everybody, is no fault of the engine. */
const refusal = (status: number) => (message: string) =>
  new EngineError(status === 404 ? 'not-found' : status === 403 ? 'forbidden' : 'internal', message);

const MOST = 4096;

/** What a server says to its refusal, as far as anybody would read it. */
async function beginning(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MOST) break;
  }
  return Buffer.concat(chunks).subarray(0, MOST).toString();
}

/** Milliseconds between two lines about how far it is. */
const INTERVAL = 100;

async function* counted(
  body: AsyncIterable<Uint8Array>,
  total: number,
  tell: Tell,
): AsyncGenerator<Uint8Array> {
  let current = 0;
  let last = 0;
  for await (const chunk of body) {
    yield chunk;
    current += chunk.length;
    if (Date.now() - last < INTERVAL && current !== total) continue;
    last = Date.now();
    tell(transferLine({ status: 'Importing', current, total }));
  }
}
