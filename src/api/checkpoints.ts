import { EngineError, invalid } from '../lib/errors.ts';
import type { CheckpointOptions } from '../container/types.ts';
import { readJson } from './body.ts';
import { type Answer, type Call, empty, json, param } from './call.ts';
import { defined } from './defined.ts';
import type { Engine } from './engine.ts';
import { queryText } from './query.ts';

const directoryOf = (call: Call) => defined({ directory: queryText(call.query, 'dir') || undefined });

/** Docker's answer of an engine that was not started with experimental features. */
function checkExperimental({ facts }: Engine): void {
  if (facts.experimental) return;
  throw new EngineError(
    'not-implemented',
    'This experimental feature is disabled by default. Start the Docker daemon in experimental mode in order to enable it.',
  );
}

/** POST /containers/{id}/checkpoints */
export async function create(call: Call, engine: Engine): Promise<Answer> {
  checkExperimental(engine);
  const body = await readJson<{ CheckpointID?: string; CheckpointDir?: string; Exit?: boolean }>(call, {
    members: { CheckpointID: 'string', CheckpointDir: 'string', Exit: 'boolean' },
  });
  await engine.containers.createCheckpoint(param(call, 'id'), {
    name: body.CheckpointID ?? '',
    exit: body.Exit ?? false,
    ...defined({ directory: body.CheckpointDir || undefined }),
  });
  return empty(201);
}

/** GET /containers/{id}/checkpoints */
export async function list(call: Call, engine: Engine): Promise<Answer> {
  checkExperimental(engine);
  const names = await engine.containers.checkpoints(
    param(call, 'id'),
    queryText(call.query, 'dir') || undefined,
  );
  return json(names.map((Name) => ({ Name })));
}

/** DELETE /containers/{id}/checkpoints/{checkpoint} */
export async function remove(call: Call, engine: Engine): Promise<Answer> {
  checkExperimental(engine);
  await engine.containers.removeCheckpoint(param(call, 'id'), {
    name: param(call, 'checkpoint'),
    ...directoryOf(call),
  });
  return empty();
}

/** The checkpoint that a start is asked to go on from. */
export function checkpointOf(call: Call, { facts }: Engine): { checkpoint?: CheckpointOptions } {
  const name = queryText(call.query, 'checkpoint');
  if (name === undefined) return {};
  if (/^\.{0,2}$|\//.test(name)) throw invalid(`invalid checkpoint ID ${JSON.stringify(name)}`);
  if (!facts.experimental) throw invalid('checkpoint is only supported in experimental mode');
  return {
    checkpoint: { name, ...defined({ directory: queryText(call.query, 'checkpoint-dir') || undefined }) },
  };
}
