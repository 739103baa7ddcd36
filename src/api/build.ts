import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseBytes } from '../lib/bytes.ts';
import type { PruneAnswer } from '../wire/image.ts';
import { ClassicBuildOutput } from './build-output.ts';
import { buildRequest } from './build-request.ts';
import { type Answer, type Call, json } from './call.ts';
import { defined } from './defined.ts';
import type { Engine } from './engine.ts';
import { extractContext } from './extract-context.ts';
import { parseFilters } from './filters.ts';
import { progressStream } from './progress.ts';
import { queryBool, queryText } from './query.ts';

/** POST /build: the context is the body, an archive. */
export async function build(call: Call, engine: Engine): Promise<Answer> {
  const contextDir = join(engine.facts.contextsDir, randomBytes(8).toString('hex'));
  const request = buildRequest(call, contextDir);
  return progressStream(async (tell) => {
    await mkdir(contextDir, { recursive: true, mode: 0o700 });
    try {
      await extractContext(call.body, contextDir, { signal: call.signal });
      const output = new ClassicBuildOutput(tell, { quiet: queryBool(call.query, 'q') });
      const builder = await engine.builder();
      try {
        await builder.build(request, { signal: call.signal, onEvent: output.onEvent });
      } finally {
        output.flush();
      }
    } finally {
      await rm(contextDir, { recursive: true, force: true });
    }
  });
}

/** POST /build/prune */
export async function prune(call: Call, engine: Engine): Promise<Answer> {
  parseFilters(call.query, [
    'description',
    'id',
    'inuse',
    'parent',
    'private',
    'shared',
    'type',
    'until',
    'unused-for',
  ]);
  const keep = queryText(call.query, 'keep-storage') ?? queryText(call.query, 'reserved-space');
  const builder = await engine.builder();
  const { deleted, freed } = await builder.prune({
    all: queryBool(call.query, 'all'),
    ...defined({ keepStorage: keep === undefined ? undefined : parseBytes(keep) }),
  });
  const answer: PruneAnswer = { CachesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: freed };
  return json(answer);
}
