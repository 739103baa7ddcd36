import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { isAbsolute, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DirectBuild } from '../buildkit/direct/direct-build.ts';
import type { BuildClient, ReceivedContext } from '../build/types.ts';
import { conflict, invalid, messageOf } from '../lib/errors.ts';
import type { AuthConfig } from '../wire/image.ts';
import type { BuildCall, BuildOption, DirectoryCall } from '../wire/build.ts';
import { credentialsOf } from './build-request.ts';
import { hostname, toRegistryAuth } from './registry-auth.ts';

/** A call of our own client as a build; `received` is the context that came as an archive. */
export function directBuild(
  asked: BuildCall,
  received: ReceivedContext | undefined,
): Omit<DirectBuild, 'ref'> {
  const { context, dockerfile, attributes = {}, outputs = [] } = asked;
  const directory = received?.directory ?? (context.kind === 'directory' ? directoryOf(context) : undefined);
  const url = context.kind === 'remote' ? context.url : undefined;
  return {
    directory,
    dockerfile: dockerfileOf(dockerfile, received),
    attributes: {
      ...attributes,
      ...(url !== undefined && { context: url }),
      ...(dockerfile.text === undefined && { filename: cleanPath(dockerfile.path) }),
    },
    lineage: asked.lineage || nameOf(outputs) || (received ? '' : directory) || url || '',
    outputs: outputs.map(entryOf),
    cacheFrom: (asked.cacheFrom ?? []).map(entryOf),
    cacheTo: (asked.cacheTo ?? []).map(entryOf),
    entitlements: asked.allow ?? [],
    policy: asked.policy as DirectBuild['policy'],
    keepFailed: asked.keepFailed ?? true,
    directories: new Map(
      Object.entries(asked.directories ?? {}).map(([name, found]) => [name, directoryOf(found)]),
    ),
    client: clientOf(asked),
    credentials: credentialsOf(loginsOf(asked.credentials ?? {})),
  };
}

const entryOf = ({ type, attributes }: BuildOption) => ({ Type: type, Attrs: attributes ?? {} });

const nameOf = (outputs: readonly BuildOption[]): string =>
  outputs.map(({ attributes }) => attributes?.['name']?.split(',')[0] ?? '').find(Boolean) ?? '';

/** The directory, when the engine sees the same one by this path as the client. Throws `conflict` where it does not. */
function directoryOf({ path, identity }: DirectoryCall): string {
  if (!isAbsolute(path ?? '') || path.includes('\0'))
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
  { text, name = 'Dockerfile', ignore }: BuildCall['dockerfile'],
  received: ReceivedContext | undefined,
): DirectBuild['dockerfile'] {
  if (text !== undefined) return { text, name, ignore };
  return received?.dockerfile === undefined
    ? undefined
    : { text: received.dockerfile, name, ignore: undefined };
}

function cleanPath(path: string | undefined): string {
  const clean = posix.normalize(`/${path || 'Dockerfile'}`).slice(1);
  if (clean === '' || clean.includes('\0')) throw invalid(`invalid Dockerfile path: ${JSON.stringify(path)}`);
  return clean;
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
