import { notFound } from '../lib/errors.ts';
import {
  familiarName,
  familiarRepository,
  parseReference,
  type Reference,
  repositoryOf,
} from '../oci/reference.ts';
import { type Answer, type Call, param } from './call.ts';
import { defined } from './defined.ts';
import type { Engine } from './engine.ts';
import { platformParam } from './platform-param.ts';
import { progressStream, type Tell, transferLine } from './progress.ts';
import { queryText } from './query.ts';
import { joinReference } from './reference-param.ts';
import { registryAuth } from './registry-auth.ts';

/** POST /images/{name}/push: one tag, or without a tag all of the repository. */
export async function push(call: Call, engine: Engine): Promise<Answer> {
  const named = joinReference(param(call, 'name'), queryText(call.query, 'tag'));
  const auth = registryAuth(call);
  const platform = platformParam(call.query);
  if (platform && named.tag !== undefined && engine.images.find(familiarName(named)))
    engine.images.get(familiarName(named), platform); // told before anything is pushed
  return progressStream({ version: call.version }, async (tell) => {
    tell({ status: `The push refers to repository [${repositoryOf(named)}]` });
    for (const reference of named.tag === undefined ? allTags(named, engine) : [named])
      await pushOne(reference, tell);
  });

  async function pushOne(reference: Reference, tell: Tell): Promise<void> {
    const { digest, size } = await engine.images.push(reference, {
      ...defined({ auth, platform }),
      signal: call.signal,
      onProgress: (progress) => tell(transferLine(progress)),
    });
    tell({ progressDetail: {}, aux: { Tag: reference.tag, Digest: digest, Size: size } });
  }
}

function allTags(named: Reference, engine: Engine): Reference[] {
  const found = engine.images
    .list()
    .flatMap(({ tags }) => tags.map(parseReference))
    .filter((reference) => repositoryOf(reference) === repositoryOf(named));
  if (found.length > 0) return found;
  throw notFound(`An image does not exist locally with the tag: ${familiarRepository(named)}`);
}
