import { invalid } from '../lib/errors.ts';
import type { PathStat } from '../container/types.ts';
import { type Answer, type Call, empty, type Headers, param, stream } from './call.ts';
import type { Engine } from './engine.ts';
import { queryBool, queryText } from './query.ts';

/** HEAD /containers/{id}/archive */
export async function stat(call: Call, engine: Engine): Promise<Answer> {
  const found = await engine.containers.statPath(param(call, 'id'), pathOf(call));
  return empty(200, statHeader(found));
}

/** GET /containers/{id}/archive */
export async function read(call: Call, engine: Engine): Promise<Answer> {
  const path = pathOf(call);
  const { stat: found, tar } = await engine.containers.readArchive(param(call, 'id'), path, call.signal);
  return stream(tar, 'application/x-tar', statHeader(found));
}

/** PUT /containers/{id}/archive */
export async function write(call: Call, engine: Engine): Promise<Answer> {
  const path = pathOf(call);
  await engine.containers.writeArchive(param(call, 'id'), path, call.body, {
    noOverwriteDirNonDir: queryBool(call.query, 'noOverwriteDirNonDir'),
    copyUidGid: queryBool(call.query, 'copyUIDGID'),
    signal: call.signal,
  });
  return empty(200);
}

function pathOf({ query }: Call): string {
  const path = queryText(query, 'path');
  if (path === undefined) throw invalid('bad parameter: pathcannot be empty'); // as Docker writes it
  return path;
}

function statHeader(found: PathStat): Headers {
  return { 'X-Docker-Container-Path-Stat': Buffer.from(JSON.stringify(found)).toString('base64') };
}
