import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { isAbsolute, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { NamedContexts } from '../build/plan/named-contexts.ts';
import { readIgnore } from '../build/request/read-context.ts';
import type { BuildClient, BuildRequest, ReceivedContext } from '../build/types.ts';
import { conflict, invalid, messageOf } from '../lib/errors.ts';
import type { AuthConfig } from '../wire/image.ts';
import type { BuildCall, NamedContextCall } from '../wire/build.ts';
import { credentialsOf } from './build-request.ts';
import { defined } from './defined.ts';
import { hostname, toRegistryAuth } from './registry-auth.ts';

/** A call of our own client as a request to the builder. */
export function nativeRequest(asked: BuildCall, received: ReceivedContext | undefined): BuildRequest {
  const contextDir = received?.directory ?? directoryOf(asked.context);
  return {
    contextDir,
    dockerfile: dockerfileOf(asked, received),
    tags: asked.tags ?? [],
    buildArgs: asked.buildArgs ?? {},
    labels: asked.labels ?? {},
    noCache: asked.noCache ?? false,
    pull: asked.pull ?? false,
    network: asked.network || 'default',
    extraHosts: asked.extraHosts ?? [],
    cacheFrom: asked.cacheFrom ?? [],
    contexts: contextsOf(asked.contexts ?? {}),
    client: clientOf(asked),
    credentials: credentialsOf(loginsOf(asked.credentials ?? {})),
    keepFailed: asked.keepFailed ?? true,
    ...defined({
      lineage: asked.lineage,
      target: asked.target || undefined,
      platform: asked.platform || undefined,
      shmSize: asked.shmSize || undefined,
      ulimits: asked.ulimits,
      cgroupParent: asked.cgroupParent || undefined,
      noCacheStages: asked.noCacheFilter,
    }),
  };
}

/** The directory, when the engine sees the same one by this path as the client. Throws `conflict` where it does not. */
function directoryOf(context: BuildCall['context'] | NamedContextCall): string {
  if (context.kind !== 'directory') throw invalid('invalid request body: context: want a directory');
  const { path, identity } = context;
  if (!isAbsolute(path) || path.includes('\0'))
    throw invalid(`the path of the context is not absolute: ${path}`);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isDirectory() || `${stats.dev}:${stats.ino}` !== identity)
    throw conflict(`the engine does not see the directory ${path} of the client`);
  try {
    readdirSync(path);
  } catch (error) {
    throw invalid(`the engine can not read the directory ${path}: ${messageOf(error)}`, error);
  }
  return path;
}

function dockerfileOf(
  { dockerfile: { text, path, name, ignore } }: BuildCall,
  received: ReceivedContext | undefined,
): BuildRequest['dockerfile'] {
  if (text !== undefined) return { text, ...defined({ name, ignore }) };
  if (received?.dockerfile !== undefined) return { text: received.dockerfile, name: name ?? 'Dockerfile' };
  const clean = posix.normalize(`/${path || 'Dockerfile'}`).slice(1);
  if (clean === '' || clean.includes('\0')) throw invalid(`invalid Dockerfile path: ${JSON.stringify(path)}`);
  return { path: clean };
}

function contextsOf(given: Readonly<Record<string, NamedContextCall>>): NamedContexts {
  return Object.fromEntries(
    Object.entries(given).map(([name, context]) => {
      if (context.kind === 'image') return [name, { kind: 'image', name: context.name }];
      const path = directoryOf(context);
      return [name, { kind: 'directory', path, ignore: readIgnore(path, ['.dockerignore']) ?? [] }];
    }),
  );
}

function clientOf({ secrets = {}, agents = {} }: BuildCall): BuildClient {
  return {
    secret: async (id) => (Object.hasOwn(secrets, id) ? Buffer.from(secrets[id] ?? '', 'base64') : undefined),
    hasAgent: async (id) => Object.hasOwn(agents, id),
    async connectAgent(id, socket, signal) {
      const agent = connect(agents[id] ?? '');
      await Promise.all([pipeline(socket, agent, { signal }), pipeline(agent, socket, { signal })]);
    },
  };
}

function loginsOf(given: Readonly<Record<string, object>>): Parameters<typeof credentialsOf>[0] {
  return Object.fromEntries(
    Object.entries(given).flatMap(([server, login]) => {
      const auth = toRegistryAuth(login as AuthConfig);
      return auth ? [[hostname(server), auth]] : [];
    }),
  );
}
