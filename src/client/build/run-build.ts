import { resolve } from 'node:path';
import { EngineError, invalid } from '../../lib/errors.ts';
import type { BuildCall, BuildEventLine, BuildOption } from '../../wire/build.ts';
import type { Client } from '../client.ts';
import { openAgents } from './agents.ts';
import { attributesOf } from './attributes.ts';
import { directoryCall, NamedDirectories } from './directories.ts';
import { gitAttributes } from './git-attributes.ts';
import { parseCaches } from './options.ts';
import { completeOutputs, type Output } from './outputs.ts';
import type { BuildPlace } from './place.ts';
import { readPolicyFile } from './policy-file.ts';
import { BuildSinks, type WriteOut } from './sinks.ts';
import type { BuildSpec } from './spec.ts';
import { annotationAttributes } from './statements.ts';

type Final<T> = Extract<BuildEventLine, { type: T }>;
export type BuildOutcome = Final<'done'> | Final<'failed'> | Final<'answered'>;

interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Told of everything, the outcome included. */
  readonly onEvent: (event: BuildEventLine) => void;
  readonly onWarning: (text: string) => void;
  /** Where outputs to `-` go. */
  readonly writeOut: WriteOut;
  /** Keeps what a failed step left; default true. */
  readonly keepFailed?: boolean;
}

/** Whether paths of this machine mean something to the engine. */
export const isLocal = ({ transport }: Client): boolean => transport.host.kind === 'unix';

/**
 * Builds by our own engine, which reads directories of this machine itself; puts what comes of it where the outputs say. Returns how it ended,
 * or that the engine is not ours, before anything was taken from `place`.
 */
export async function runBuild(
  client: Client,
  spec: BuildSpec,
  place: BuildPlace,
  options: RunOptions,
): Promise<BuildOutcome | 'not ours'> {
  const { call, outputs, caches } = prepare(client, spec, options);
  using agents = await openAgents(spec.agents);
  const git = await gitOf(call, place, options);
  const whole = { ...call, attributes: { ...call.attributes, ...git }, agents: agents.sockets };
  const events = await begin(client, whole, place, options.signal);
  if (!events) return 'not ours';
  using sinks = new BuildSinks(outputs, caches, options);
  for await (const event of events) {
    if (event.type === 'data') {
      await sinks.take(event);
      continue;
    }
    if (event.type === 'done') sinks.end(event.response);
    options.onEvent(event);
    if (event.type === 'done' || event.type === 'failed' || event.type === 'answered') return event;
  }
  throw new EngineError('unavailable', 'the engine ended the build before its result');
}

interface Prepared {
  readonly call: Omit<BuildCall, 'context' | 'dockerfile'>;
  readonly outputs: readonly Output[];
  /** Those that are written into directories here. */
  readonly caches: readonly BuildOption[];
}

function prepare(client: Client, spec: BuildSpec, { cwd, env, onWarning, keepFailed }: RunOptions): Prepared {
  const policy = readPolicyFile({ env, cwd });
  const { tags, push, load, contexts, request } = spec;
  const annotations = annotationAttributes(spec.annotations);
  const outputs =
    request === undefined ? completeOutputs(spec.outputs, { tags, push, load, annotations }) : [];
  const directories = new NamedDirectories();
  const named = Object.entries(contexts).map(([name, at]) => [
    `context:${name}`,
    directories.context(name, at, cwd),
  ]);
  const cacheFrom = parseCaches(spec.cacheFrom).flatMap((option) => {
    const found = directories.cache(option, cwd);
    if (!found) onWarning(`WARNING: local cache import at ${option.attributes['src']} not found`);
    return found ?? [];
  });
  const cacheTo = parseCaches(spec.cacheTo).map((option) => withPlace(option, cwd));
  const call = {
    attributes: {
      ...attributesOf(spec, env),
      ...(Object.fromEntries(named) as Record<string, string>),
    },
    outputs: outputs.map(({ type, attributes }) => ({ type, attributes })),
    cacheFrom,
    cacheTo,
    allow: [...spec.allow, ...(spec.network === 'host' ? ['network.host'] : [])],
    ...(policy && { policy }),
    directories: directories.all,
    secrets: spec.secrets,
    credentials: spec.credentials,
    ...(spec.lineage !== undefined && { lineage: spec.lineage }),
    ...(keepFailed !== undefined && { keepFailed }),
  };
  checkLocal(client, call, spec);
  return { call, outputs, caches: cacheTo.filter(({ type }) => type === 'local') };
}

function withPlace({ type, attributes }: BuildOption, cwd: string): BuildOption {
  const { dest } = attributes;
  if (type !== 'local' || !dest) return { type, attributes };
  return { type, attributes: { ...attributes, dest: resolve(cwd, dest) } };
}

/** Where the context comes from, if that is a checkout of git. */
async function gitOf(
  { attributes, directories }: Prepared['call'],
  { directory, dockerfile: { path, name } }: BuildPlace,
  { cwd, env, onWarning }: RunOptions,
): Promise<Record<string, string>> {
  if (directory === undefined || attributes?.['requestid'] !== undefined) return {};
  const dockerfile = path === undefined ? name && resolve(cwd, name) : resolve(directory, path);
  const named = Object.entries(directories ?? {}).map(([id, each]) => [id, each.path]);
  const all = { context: directory, ...(Object.fromEntries(named) as Record<string, string>) };
  const places = { directory, directories: all, ...(dockerfile !== undefined && { dockerfile }) };
  return gitAttributes(places, env, onWarning);
}

function checkLocal(client: Client, { directories = {} }: Prepared['call'], { agents }: BuildSpec): void {
  if (isLocal(client)) return;
  const names = [...Object.keys(directories), ...Object.keys(agents).map((id) => `ssh ${id}`)];
  if (names.length > 0)
    throw invalid(
      `directories and agents are only for an engine on this machine (${names.join(', ')}): use docker buildx build`,
    );
}

/** Hands over the directory where the engine sees the same one, else an archive of it; undefined when the engine is not ours. */
async function begin(
  { builds, system, ...client }: Client,
  call: Prepared['call'],
  place: BuildPlace,
  signal: AbortSignal,
): Promise<AsyncIterable<BuildEventLine> | undefined> {
  const { directory, url, dockerfile } = place;
  const isHere = isLocal({ builds, system, ...client });
  if (url !== undefined || (directory !== undefined && isHere))
    try {
      const context =
        url === undefined
          ? ({ kind: 'directory', ...directoryCall(directory ?? '') } as const)
          : ({ kind: 'remote', url } as const);
      return await builds.run({ ...call, dockerfile, context }, { signal });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (error.kind === 'not-implemented') return undefined;
      if (error.kind !== 'conflict' || !place.pack) throw error;
    }
  else if ((await system.version()).Platform?.Name !== 'lading') return undefined;
  const packed = place.pack?.();
  if (!packed) throw invalid('there is no archive of the context');
  const lineage = call.lineage ?? call.outputs?.[0]?.attributes['name']?.split(',')[0] ?? directory;
  return builds.run(
    {
      ...call,
      dockerfile: { path: packed.dockerfile },
      context: { kind: 'archive' },
      ...(lineage !== undefined && { lineage }),
    },
    { archive: packed.tar, signal },
  );
}
