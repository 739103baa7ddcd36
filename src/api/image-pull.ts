import { invalid } from '../lib/errors.ts';
import { parsePlatform } from '../oci/platform.ts';
import { type Reference, withDefaultTag } from '../oci/reference.ts';
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
  const reference = withDefaultTag(joinReference(from, queryText(call.query, 'tag')));
  return progressStream((tell) => pull(call, engine, reference, tell));
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
