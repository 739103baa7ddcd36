import type { Builder } from '../build/types.ts';
import type { CacheMountAnswer } from '../wire/build.ts';
import { type Answer, type Call, json, param, stream } from './call.ts';
import type { Engine } from './engine.ts';

/** GET /lading/cache-mounts */
export async function list(_call: Call, engine: Engine): Promise<Answer> {
  const { cacheMounts } = await engine.builder();
  return json((await cacheMounts.list()).map(view));
}

/** GET /lading/cache-mounts/{id}/archive */
export async function read(call: Call, engine: Engine): Promise<Answer> {
  const { cacheMounts } = await engine.builder();
  const archive = cacheMounts.export(param(call, 'id'), { signal: call.signal });
  return stream(archive, 'application/x-tar');
}

/** PUT /lading/cache-mounts/{id}/archive */
export async function write(call: Call, engine: Engine): Promise<Answer> {
  const { cacheMounts } = await engine.builder();
  return json(view(await cacheMounts.import(param(call, 'id'), call.body, { signal: call.signal })));
}

/** DELETE /lading/cache-mounts/{id} */
export async function remove(call: Call, engine: Engine): Promise<Answer> {
  const { cacheMounts } = await engine.builder();
  return json({ freed: await cacheMounts.remove(param(call, 'id')) });
}

type Usage = Awaited<ReturnType<Builder['cacheMounts']['list']>>[number];

const view = ({ createdAt, lastUsedAt, ...mount }: Usage): CacheMountAnswer => ({
  ...mount,
  createdAt: new Date(createdAt).toISOString(),
  lastUsedAt: new Date(lastUsedAt).toISOString(),
});
