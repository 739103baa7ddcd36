import { randomUUID } from 'node:crypto';
import type { ReceivedContext } from '../build/types.ts';
import type { FrontendAttributes } from '../buildkit/frontend/attributes.ts';
import type { RequestedBuild } from '../buildkit/serve-buildkit.ts';
import { EngineError, isAbort } from '../lib/errors.ts';
import { credentialsOf } from './build-request.ts';
import type { Answer, Call } from './call.ts';
import type { Engine } from './engine.ts';
import { progressStream } from './progress.ts';
import { queryBool, queryJson, queryText } from './query.ts';
import { registryConfig } from './registry-auth.ts';

/** A client asks for BuildKit by the request of the classic builder: Docker's before they had buildx, and libraries. */
export const isVersion2 = ({ query }: Call): boolean => queryText(query, 'version') === '2';

/** POST /build?version=2: told as BuildKit's status messages, in base64. The session, if there is one, knows secrets and credentials. */
export async function buildVersion2(call: Call, engine: Engine): Promise<Answer> {
  const { query, signal } = call;
  const remote = queryText(query, 'remote') ?? '';
  const session = queryText(query, 'session') ?? '';
  const attributes = frontendAttributes(query);
  const names = query.getAll('t').filter(Boolean);
  return progressStream({ version: call.version, failInStream: true }, async (tell) => {
    const [builder, buildKit] = await Promise.all([engine.builder(), engine.buildKit()]);
    using context =
      remote === ''
        ? await builder.receiveContext(call.body, { lineage: names[0] ?? '', signal })
        : undefined;
    const building = buildKit.build(
      {
        ref: queryText(query, 'buildid') || randomUUID(),
        session,
        attributes: { ...attributes, ...(remote !== '' && remote !== SESSION && { context: remote }) },
        names,
        ...(remote !== SESSION && { received: receivedOf(call, context) }),
      },
      { signal, onStatus: (status) => tell({ id: 'moby.buildkit.trace', aux: status.toString('base64') }) },
    );
    const response = await building.catch((error: unknown) => {
      // cancelled by its id, which its client is told of
      throw isAbort(error) && !signal.aborted ? new EngineError('cancelled', 'context canceled') : error;
    });
    const id = response['containerimage.digest'];
    if (id !== undefined) tell({ id: 'moby.image.id', aux: { ID: id } });
  });
}

/** The `remote` that means: the session has the files. */
const SESSION = 'client-session';

function receivedOf(
  call: Call,
  context: ReceivedContext | undefined,
): NonNullable<RequestedBuild['received']> {
  return {
    credentials: credentialsOf(registryConfig(call)),
    directory: context?.directory,
    dockerfile:
      context?.dockerfile === undefined
        ? undefined
        : { name: 'Dockerfile', text: context.dockerfile, ignore: undefined },
  };
}

/** The parameters in the words of the Dockerfile frontend. */
function frontendAttributes(query: URLSearchParams): FrontendAttributes {
  const under = (prefix: string, value: unknown): [string, string][] =>
    Object.entries((value ?? {}) as Record<string, unknown>).flatMap(([name, text]) =>
      typeof text === 'string' ? [[`${prefix}:${name}`, text]] : [],
    );
  const text = (name: string, parameter: string): [string, string][] => {
    const value = queryText(query, parameter) ?? '';
    return value === '' || value === '0' ? [] : [[name, value]];
  };
  const network = queryText(query, 'networkmode') ?? '';
  return Object.fromEntries([
    ...under('build-arg', queryJson(query, 'buildargs')),
    ...under('label', queryJson(query, 'labels')),
    ...text('filename', 'dockerfile'),
    ...caches(queryJson(query, 'cachefrom')),
    ...text('target', 'target'),
    ...text('platform', 'platform'),
    ...text('shm-size', 'shmsize'),
    ...text('cgroup-parent', 'cgroupparent'),
    ...(network === '' || network === 'default' ? [] : [['force-network-mode', network]]),
    ...(queryBool(query, 'nocache') ? [['no-cache', '']] : []),
    ...(queryBool(query, 'pull') ? [['image-resolve-mode', 'pull']] : []),
    ...hosts(query.getAll('extrahosts')),
  ] as [string, string][]);
}

/** `name:address` as BuildKit takes it. */
function hosts(values: readonly string[]): [string, string][] {
  const pairs = values
    .flatMap((value) => value.split(/[\s,]+/))
    .filter(Boolean)
    .map((pair) => pair.replace(/[:=]/, '='));
  return pairs.length > 0 ? [['add-hosts', pairs.join(',')]] : [];
}

const caches = (names: unknown): [string, string][] =>
  Array.isArray(names) && names.length > 0 ? [['cache-from', names.join(',')]] : [];
