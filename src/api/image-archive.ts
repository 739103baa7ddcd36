import { invalid } from '../lib/errors.ts';
import type { Image } from '../image/types.ts';
import { type Answer, type Call, param, stream } from './call.ts';
import type { Engine } from './engine.ts';
import { platformParams } from './platform-param.ts';
import { progressStream, transferLine } from './progress.ts';
import { queryBool } from './query.ts';

/** POST /images/load */
export async function load(call: Call, engine: Engine): Promise<Answer> {
  const quiet = queryBool(call.query, 'quiet');
  const platforms = platformParams(call.query, 'platform');
  return progressStream({ version: call.version, failInStream: true }, async (tell) => {
    const loaded = await engine.images.load(call.body, {
      platforms,
      signal: call.signal,
      ...(!quiet && { onProgress: (progress) => tell(transferLine(progress)) }),
    });
    for (const { image, names } of loaded)
      for (const line of loadedLines(image, names)) tell({ stream: line });
  });
}

function loadedLines(image: Image, names: readonly string[]): string[] {
  return names.length === 0
    ? [`Loaded image ID: ${image.id}\n`]
    : names.map((name) => `Loaded image: ${name}\n`);
}

/** GET /images/get?names=…&names=… */
export function saveMany(call: Call, engine: Engine): Answer {
  const names = call.query
    .getAll('names')
    .flatMap((value) => value.split(','))
    .filter(Boolean);
  if (names.length === 0) throw invalid('no image names given');
  return save(names, call, engine);
}

/** GET /images/{name}/get */
export function saveOne(call: Call, engine: Engine): Answer {
  return save([param(call, 'name')], call, engine);
}

function save(names: readonly string[], call: Call, engine: Engine): Answer {
  const platforms = platformParams(call.query, 'platform');
  // an unknown one is an error answer, not a broken archive
  const archive = engine.images.save(names, { platforms, signal: call.signal });
  return stream(archive, 'application/x-tar');
}
