import { newBuildId } from '../build/history/build-history.ts';
import type { Builder, BuildRequest, ReceivedContext } from '../build/types.ts';
import { invalid } from '../lib/errors.ts';
import type { PruneAnswer } from '../wire/image.ts';
import { buildVersion2, isVersion2 } from './build-version-2.ts';
import { ClassicBuildOutput } from './build-output.ts';
import { buildRequest, remoteContext } from './build-request.ts';
import { cachePruning, pruneFilters } from './cache-pruning.ts';
import { type Answer, type Call, empty, json } from './call.ts';
import { defined } from './defined.ts';
import type { Engine } from './engine.ts';
import { progressStream } from './progress.ts';
import { queryBool, queryJson, queryText } from './query.ts';

/** POST /build: the context is the body, an archive, or what `remote` names. */
export async function build(call: Call, engine: Engine): Promise<Answer> {
  if (isVersion2(call)) return buildVersion2(call, engine);
  const asked = buildRequest(call, '');
  const remote = remoteContext(call);
  const outputs = queryJson(call.query, 'outputs') ?? [];
  return progressStream({ version: call.version }, async (tell) => {
    if (!Array.isArray(outputs) || outputs.length > 0)
      tell({ stream: '[Warning] outputs are ignored: only builds with version=2 have any\n' });
    const builder = await engine.builder();
    using context = await openContext(call, builder, asked, remote);
    const { directory: contextDir, dockerfile: text } = context;
    const request = { ...asked, contextDir, ...(text !== undefined && { dockerfile: { text } }) };
    const output = new ClassicBuildOutput(tell, { quiet: queryBool(call.query, 'q') });
    try {
      await builder.build(request, { signal: call.signal, onEvent: output.onEvent });
      output.flush();
    } catch (error) {
      output.fail();
      throw error;
    }
  });
}

/** One that is refused is a build on record. */
async function openContext(
  { body, signal }: Call,
  builder: Builder,
  { tags, dockerfile, target = '' }: BuildRequest,
  remote: string | undefined,
): Promise<ReceivedContext> {
  const path = 'path' in dockerfile ? dockerfile.path : undefined;
  const lineage = tags[0] ?? '';
  try {
    return remote === undefined
      ? await builder.receiveContext(body, { lineage, ...defined({ dockerfile: path }), signal })
      : await builder.fetchContext(remote, { signal });
  } catch (error) {
    builder.history.fail({ lineage, dockerfile: path ?? 'Dockerfile', target }, newBuildId(), error);
    throw error;
  }
}

/** POST /build/cancel: of builds that have an id, which are BuildKit's. */
export async function cancel({ query }: Call, engine: Engine): Promise<Answer> {
  const id = queryText(query, 'id');
  if (id === undefined) throw invalid('build ID not provided');
  (await engine.buildKit()).cancel(id);
  return empty(200);
}

/** POST /build/prune */
export async function prune(call: Call, engine: Engine): Promise<Answer> {
  const filters = pruneFilters(call.query);
  const pruning = cachePruning(call.query, filters);
  // `docker system prune` sends its filters here, too, and no cache has a label
  if (filters.has('label') || filters.has('label!')) return json({ CachesDeleted: null, SpaceReclaimed: 0 });
  const builder = await engine.builder();
  const { deleted, freed } = await builder.prune(pruning);
  const ids = deleted.map(({ id }) => id);
  const answer: PruneAnswer = { CachesDeleted: ids.length > 0 ? ids : null, SpaceReclaimed: freed };
  return json(answer);
}
