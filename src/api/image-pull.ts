import { invalid } from '../lib/errors.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { Answer, Call } from './call.ts';
import { defined } from './defined.ts';
import type { Engine } from './engine.ts';
import { importImage } from './image-import.ts';
import { progressStream, type Tell, transferLine } from './progress.ts';
import { queryText } from './query.ts';
import { joinReference } from './reference-param.ts';
import { registryAuth } from './registry-auth.ts';

/** POST /images/create: a pull (`fromImage`) or an import (`fromSrc`). */
export async function create(call: Call, engine: Engine): Promise<Answer> {
  if (queryText(call.query, 'fromSrc') !== undefined) return importImage(call, engine);
  const from = queryText(call.query, 'fromImage');
  if (from === undefined) throw invalid('fromImage or fromSrc must be given');
  const named = joinReference(from, queryText(call.query, 'tag'));
  const platform = queryText(call.query, 'platform');
  if (platform !== undefined) parsePlatform(platform); // before a registry is asked
  return progressStream(async (tell) => {
    for (const reference of await references(call, engine, named)) await pull(call, engine, reference, tell);
  });
}

/** Without tag and digest: all tags of the repository, as Docker has it. */
async function references(call: Call, engine: Engine, named: Reference): Promise<Reference[]> {
  if (named.tag !== undefined || named.digest !== undefined) return [named];
  const registry = await engine.registry();
  const tags = await registry.tags(named, { signal: call.signal, ...defined({ auth: registryAuth(call) }) });
  return tags.map((tag) => ({ ...named, tag }));
}

/** The store tells every line by itself, from `Pulling from` to `Status`. */
async function pull(call: Call, engine: Engine, reference: Reference, tell: Tell): Promise<void> {
  const platform = queryText(call.query, 'platform');
  await engine.images.pull(reference, {
    ...defined({
      auth: registryAuth(call),
      platform: platform === undefined ? undefined : parsePlatform(platform),
    }),
    signal: call.signal,
    onProgress: (progress) => tell(transferLine(progress)),
  });
}
