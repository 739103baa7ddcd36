import type { Image } from '../image/types.ts';
import { invalid } from '../lib/errors.ts';
import { formatPlatform, parsePlatform, type Platform, platformMatches } from '../oci/platform.ts';
import { familiarName, familiarRepository, type Reference } from '../oci/reference.ts';
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
  const wanted = platform === undefined ? undefined : parsePlatform(platform); // before a registry is asked
  return progressStream({ version: call.version }, async (tell) => {
    const all = await references(call, engine, named);
    let news = false;
    const warnings: string[] = [];
    for (const reference of all) {
      const { image, upToDate } = await pull(call, engine, reference, tell);
      news ||= !upToDate;
      if (wanted && !platformMatches(image.config, wanted)) warnings.push(mismatch(reference, image, wanted));
    }
    const name = all.length === 1 && all[0] ? familiarName(all[0]) : familiarRepository(named);
    tell({ status: `Status: ${news ? 'Downloaded newer image' : 'Image is up to date'} for ${name}` });
    for (const warning of warnings) tell({ status: warning });
  });
}

/** Without tag and digest: all tags of the repository, as Docker has it. */
async function references(call: Call, engine: Engine, named: Reference): Promise<Reference[]> {
  if (named.tag !== undefined || named.digest !== undefined) return [named];
  const registry = await engine.registry();
  const tags = await registry.tags(named, { signal: call.signal, ...defined({ auth: registryAuth(call) }) });
  return tags.map((tag) => ({ ...named, tag }));
}

/** A manifest that is of no index says nothing of its platform: that it is another is known when it is here. */
const mismatch = (reference: Reference, { config }: Image, wanted: Platform): string =>
  `WARNING: image with reference ${familiarName(reference)} was found but its platform (${formatPlatform(config)}) does not match the specified platform (${formatPlatform(wanted)})`;

/** The store tells the lines from `Pulling from` to `Digest`. */
function pull(
  call: Call,
  engine: Engine,
  reference: Reference,
  tell: Tell,
): Promise<{ image: Image; upToDate: boolean }> {
  const platform = queryText(call.query, 'platform');
  return engine.images.pull(reference, {
    ...defined({
      auth: registryAuth(call),
      platform: platform === undefined ? undefined : parsePlatform(platform),
    }),
    signal: call.signal,
    onProgress: (progress) => tell(transferLine(progress)),
  });
}
