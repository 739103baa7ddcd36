import { randomUUID } from 'node:crypto';
import type { FrontendAttributes } from '../buildkit/frontend/attributes.ts';
import { EngineError, isAbort } from '../lib/errors.ts';
import type { Answer, Call } from './call.ts';
import type { Engine } from './engine.ts';
import { progressStream } from './progress.ts';
import { queryBool, queryJson, queryText } from './query.ts';

/** A build whose files come over a session that the client opened: how Docker's clients asked for BuildKit before they had buildx. */
export const isSessionBuild = ({ query }: Call): boolean =>
  queryText(query, 'version') === '2' &&
  queryText(query, 'remote') === 'client-session' &&
  (queryText(query, 'session') ?? '') !== '';

/** POST /build?version=2&remote=client-session: told as BuildKit's status messages, in base64. */
export async function sessionBuild(call: Call, engine: Engine): Promise<Answer> {
  const { query, signal } = call;
  const attributes = frontendAttributes(query);
  const names = query.getAll('t').filter(Boolean);
  return progressStream({ version: call.version }, async (tell) => {
    const buildKit = await engine.buildKit();
    const building = buildKit.build(
      {
        ref: queryText(query, 'buildid') || randomUUID(),
        session: queryText(query, 'session') ?? '',
        attributes,
        names,
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
