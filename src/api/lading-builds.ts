import type { BuildRecord } from '../build/history/types.ts';
import type { Builder } from '../build/types.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import { hostPlatform } from '../oci/platform.ts';
import type { BuildAnswer, FailureAnswer } from '../wire/build.ts';
import { type Answer, type Call, empty, json, param } from './call.ts';
import type { Engine } from './engine.ts';
import { queryInt } from './query.ts';

/** GET /lading/builds: newest first. */
export async function list({ query }: Call, engine: Engine): Promise<Answer> {
  const builder = await engine.builder();
  const records = builder.history.list().slice(0, queryInt(query, 'limit') ?? undefined);
  return json(records.map((record) => view(record, builder)));
}

/** GET /lading/builds/{id}: by the beginning of an id, an image's id, or what was built; `latest` is the newest. */
export async function inspect(call: Call, engine: Engine): Promise<Answer> {
  const builder = await engine.builder();
  return json(view(find(call, builder), builder));
}

/** DELETE /lading/builds/{id} */
export async function remove(call: Call, engine: Engine): Promise<Answer> {
  const builder = await engine.builder();
  builder.history.remove(find(call, builder).id);
  return empty();
}

/** POST /lading/builds/{id}/failure: what its failed step left as an image, which the client removes when it is done; `latest` is the newest. */
export async function openFailure(call: Call, engine: Engine): Promise<Answer> {
  const builder = await engine.builder();
  const name = param(call, 'id');
  const failed = builder.failures.open(name === LATEST ? undefined : find(call, builder).id);
  const { op, layers } = failed;
  const { os, architecture, variant } = hostPlatform();
  const config: ImageConfig = {
    os,
    architecture,
    ...(variant !== undefined && { variant }),
    created: failed.createdAt.toISOString(),
    config: { Env: op.env, WorkingDir: op.cwd, ...(op.user !== '' && { User: op.user }), Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: layers },
    history: [],
  };
  const image = await engine.images.create(config);
  const answer: FailureAnswer = {
    buildId: failed.buildId,
    image: image.id,
    step: failed.step,
    stage: failed.stage,
    line: failed.line,
    exitCode: failed.exitCode,
    command: op.args,
    env: op.env,
    workdir: op.cwd,
    user: op.user,
    network: op.network,
    extraHosts: op.extraHosts,
    mounts: failed.mounts,
    missing: failed.missing,
  };
  return json(answer);
}

const LATEST = 'latest';

function find(call: Call, { history }: Builder): BuildRecord {
  const name = param(call, 'id');
  const named = name.includes('/') || name.includes(':') || name === LATEST ? undefined : `${name}:latest`;
  const known = history.list().find(({ lineage }) => lineage === name || lineage === named);
  return known ?? history.get(name === LATEST ? undefined : name);
}

function view(record: BuildRecord, { failures }: Builder): BuildAnswer {
  const { startedAt, endedAt, ...rest } = record;
  return {
    ...rest,
    startedAt: startedAt.toISOString(),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
    failureKept: record.error !== undefined && failures.has(record.id),
  };
}
