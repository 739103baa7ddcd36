import { posix } from 'node:path';
import { invalid } from '../lib/errors.ts';
import type { BuildRequest } from '../build/types.ts';
import type { RegistryAuth } from '../image/types.ts';
import { parseReference } from '../oci/reference.ts';
import type { Ulimit } from '../wire/container.ts';
import type { Call } from './call.ts';
import { defined } from './defined.ts';
import { queryBool, queryInt, queryJson, queryText } from './query.ts';
import { registryConfig } from './registry-auth.ts';
import { checkShape, labels, strings } from './shape.ts';

/** The query of `POST /build` and its credentials, for a context that lies in `contextDir`. */
export function buildRequest(call: Call, contextDir: string): BuildRequest {
  const { query } = call;
  refuseUnsupported(query);
  const caches = cacheFrom(query);
  return {
    contextDir,
    dockerfile: { path: dockerfilePath(queryText(query, 'dockerfile') ?? 'Dockerfile'), isPacked: true },
    tags: query.getAll('t').filter(Boolean).map(checkTag),
    buildArgs: buildArgs(query),
    labels: (checkShape(queryJson(query, 'labels') ?? {}, labels, 'labels') ?? {}) as Record<string, string>,
    noCache: queryBool(query, 'nocache'),
    pull: queryBool(query, 'pull'),
    network: queryText(query, 'networkmode') ?? 'default',
    extraHosts: query
      .getAll('extrahosts')
      .flatMap((value) => value.split(/[\s,]+/))
      .filter(Boolean),
    cacheFrom: caches,
    onlyNamedCaches: caches.length > 0,
    credentials: credentialsOf(registryConfig(call)),
    ...defined({
      target: queryText(query, 'target'),
      platform: queryText(query, 'platform'),
      shmSize: queryInt(query, 'shmsize') || undefined,
      squash: queryBool(query, 'squash') || undefined,
      ulimits: ulimits(query),
      cgroupParent: queryText(query, 'cgroupparent') || undefined,
      resources: resources(query),
    }),
  };
}

function checkTag(tag: string): string {
  if (parseReference(tag).digest !== undefined) throw invalid(`build tag cannot contain a digest: ${tag}`);
  return tag;
}

/** What the context is instead of the body. */
export function remoteContext({ query }: Call): string | undefined {
  const remote = queryText(query, 'remote');
  return remote === undefined || remote === '' || remote === 'client-session' ? undefined : remote;
}

const LEAST_MEMORY = 6 << 20;

function refuseUnsupported(query: URLSearchParams): void {
  const version = queryText(query, 'version') ?? '1';
  if (version !== '1') throw invalid(`invalid version ${JSON.stringify(version)}`);
  const memory = queryInt(query, 'memory') ?? 0;
  if (memory > 0 && memory < LEAST_MEMORY) throw invalid('Minimum memory limit allowed is 6MB');
  const isolation = queryText(query, 'isolation') ?? 'default';
  if (isolation !== 'default') throw invalid(`unsupported isolation: ${JSON.stringify(isolation)}`);
}

/** Limits of each step. */
function resources(query: URLSearchParams): BuildRequest['resources'] {
  const limit = (name: string): number | undefined => queryInt(query, name) || undefined;
  const found = defined({
    memory: limit('memory'),
    memorySwap: limit('memswap'),
    cpuShares: limit('cpushares'),
    cpuPeriod: limit('cpuperiod'),
    cpuQuota: limit('cpuquota'),
    cpusetCpus: queryText(query, 'cpusetcpus') || undefined,
    cpusetMems: queryText(query, 'cpusetmems') || undefined,
  });
  return Object.keys(found).length > 0 ? found : undefined;
}

/** `[{"Name":"nofile","Soft":1024,"Hard":2048}]` */
function ulimits(query: URLSearchParams): BuildRequest['ulimits'] {
  const given = queryJson(query, 'ulimits') ?? undefined;
  if (given === undefined) return undefined;
  return (checkShape(given, ulimitList, 'ulimits') as Ulimit[]).map(({ Name = '', Soft = 0, Hard = 0 }) => ({
    type: Name,
    soft: Soft,
    hard: Hard,
  }));
}

const ulimitList = { list: { members: { Name: 'string', Soft: 'integer', Hard: 'integer' } } } as const;

/** The path must stay in the context, however it is written. */
function dockerfilePath(path: string): string {
  const clean = posix.normalize(`/${path}`).slice(1);
  if (clean === '' || path.includes('\0')) throw invalid(`invalid Dockerfile path: ${JSON.stringify(path)}`);
  return clean;
}

/** `null` = take the value of the engine's environment, as Docker's clients say it. */
function buildArgs(query: URLSearchParams): Record<string, string | null> {
  const given = parseBuildArgs(query) ?? {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw invalid('invalid value for buildargs: want an object');
  for (const [name, value] of Object.entries(given))
    if (value !== null && typeof value !== 'string')
      throw invalid(`invalid value for buildargs: ${name}: want a string`);
  return given as Record<string, string | null>;
}

function parseBuildArgs(query: URLSearchParams): unknown {
  try {
    return queryJson(query, 'buildargs');
  } catch (error) {
    throw invalid('error reading build args: not valid JSON', error);
  }
}

function cacheFrom(query: URLSearchParams): string[] {
  return checkShape(queryJson(query, 'cachefrom') ?? [], strings, 'cachefrom') as string[];
}

/** Credentials by registry, in the forms that clients name it. */
export function credentialsOf(auth: Readonly<Record<string, RegistryAuth>>): BuildRequest['credentials'] {
  const host = (key: string): string => key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return async (domain) => {
    const names =
      domain === 'docker.io' ? ['docker.io', 'index.docker.io', 'registry-1.docker.io'] : [domain];
    return Object.entries(auth).find(([key]) => names.includes(host(key)))?.[1];
  };
}
