import type {
  ChangeItem,
  ContainerInspect,
  ContainerStats,
  ContainerSummary,
  CreateContainerAnswer,
  CreateContainerBody,
  ExecConfig,
  ExecInspect,
  ExecStartConfig,
  HostConfig,
  Finding,
  ListeningSocket,
  PathStat,
  TopAnswer,
  WaitAnswer,
} from '../wire/container.ts';
import { encodeFilters, type Filters } from '../wire/filters.ts';
import type { PruneAnswer } from '../wire/image.ts';
import { type Frame, readFrames } from './frames.ts';
import { jsonLines } from './json-lines.ts';
import { oursOnly } from './ours-only.ts';
import { collect, type Hijacked, type Transport } from './transport.ts';

export interface AttachOptions {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly logs?: boolean;
  readonly detachKeys?: string;
}

export interface LogsOptions {
  readonly follow?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly timestamps?: boolean;
  readonly tail?: string;
  readonly signal?: AbortSignal;
}

export interface StopOptions {
  readonly signal?: string | undefined;
  /** Seconds; -1 waits for ever. */
  readonly timeout?: number | undefined;
}

/** `/containers` and `/exec` of the Engine API. */
export function containerCalls(transport: Transport) {
  const at = (id: string, verb: string): string => `/containers/${encodeURIComponent(id)}/${verb}`;
  const post = (id: string, verb: string, query = {}): Promise<void> =>
    transport.json('POST', at(id, verb), { query });
  return {
    list: (
      options: { all?: boolean; limit?: number; size?: boolean; filters?: Filters } = {},
    ): Promise<ContainerSummary[]> =>
      transport.json('GET', '/containers/json', {
        query: { all: options.all, limit: options.limit, size: options.size, ...filtersOf(options.filters) },
      }),
    create: (
      body: CreateContainerBody,
      options: { name?: string; platform?: string } = {},
    ): Promise<CreateContainerAnswer> =>
      transport.json('POST', '/containers/create', {
        query: { name: options.name, platform: options.platform },
        body,
      }),
    inspect: (id: string, options: { size?: boolean } = {}): Promise<ContainerInspect> =>
      transport.json('GET', at(id, 'json'), { query: { size: options.size } }),
    start: (
      id: string,
      options: { detachKeys?: string; checkpoint?: string; checkpointDir?: string } = {},
    ): Promise<void> =>
      post(id, 'start', {
        detachKeys: options.detachKeys,
        checkpoint: options.checkpoint,
        'checkpoint-dir': options.checkpointDir,
      }),
    stop: (id: string, options: StopOptions = {}): Promise<void> =>
      post(id, 'stop', { signal: options.signal, t: options.timeout }),
    restart: (id: string, options: StopOptions = {}): Promise<void> =>
      post(id, 'restart', { signal: options.signal, t: options.timeout }),
    kill: (id: string, signal?: string): Promise<void> => post(id, 'kill', { signal }),
    pause: (id: string): Promise<void> => post(id, 'pause'),
    unpause: (id: string): Promise<void> => post(id, 'unpause'),
    rename: (id: string, name: string): Promise<void> => post(id, 'rename', { name }),
    update: (id: string, body: HostConfig): Promise<{ Warnings: string[] | null }> =>
      transport.json('POST', at(id, 'update'), { body }),
    remove: (
      id: string,
      options: { force?: boolean; volumes?: boolean; link?: boolean } = {},
    ): Promise<void> =>
      transport.json('DELETE', `/containers/${encodeURIComponent(id)}`, {
        query: { force: options.force, v: options.volumes, link: options.link },
      }),
    prune: (filters: Filters = {}): Promise<PruneAnswer> =>
      transport.json('POST', '/containers/prune', { query: filtersOf(filters) }),
    /** The answer's headers come at once, its body at the exit: `ready` resolves when the engine is waiting. */
    async wait(
      id: string,
      condition: 'not-running' | 'next-exit' | 'removed',
      signal?: AbortSignal,
    ): Promise<{ done: Promise<WaitAnswer> }> {
      const response = await transport.stream('POST', at(id, 'wait'), {
        query: { condition },
        ...(signal && { signal }),
      });
      const done = collect(response).then((body) => JSON.parse(body.toString()) as WaitAnswer);
      done.catch(() => {}); // one who detaches does not wait for it
      return { done };
    },
    logs: async (
      id: string,
      options: LogsOptions & { stdout?: boolean; stderr?: boolean } = {},
    ): Promise<AsyncIterable<Frame>> => {
      const { signal, stdout = true, stderr = true, ...query } = options;
      const response = await transport.stream('GET', at(id, 'logs'), {
        query: { ...query, stdout, stderr },
        ...(signal && { signal }),
      });
      return readFrames(response, response.headers['content-type'] !== 'application/vnd.docker.raw-stream');
    },
    attach: (id: string, options: AttachOptions): Promise<Hijacked> =>
      transport.hijack(at(id, 'attach'), { query: { ...options, stream: true } }),
    resize: (id: string, size: { height: number; width: number }): Promise<void> =>
      post(id, 'resize', { h: size.height, w: size.width }),
    /** Where it takes connections (TCP): our own engine's only. */
    listening: (id: string): Promise<ListeningSocket[]> =>
      oursOnly(transport).json('GET', `/lading/containers/${encodeURIComponent(id)}/listening`),
    /** What is wrong with it: our own engine's only. */
    findings: (id: string): Promise<Finding[]> =>
      oursOnly(transport).json('GET', `/lading/containers/${encodeURIComponent(id)}/findings`),
    top: (id: string, psArgs?: string): Promise<TopAnswer> =>
      transport.json('GET', at(id, 'top'), { query: { ps_args: psArgs } }),
    stats: async (
      id: string,
      options: { stream: boolean; oneShot?: boolean; signal?: AbortSignal },
    ): Promise<AsyncIterable<ContainerStats>> =>
      jsonLines(
        await transport.stream('GET', at(id, 'stats'), {
          query: { stream: options.stream ? '1' : '0', 'one-shot': options.oneShot },
          ...(options.signal && { signal: options.signal }),
        }),
      ),
    changes: async (id: string): Promise<ChangeItem[]> =>
      (await transport.json<ChangeItem[] | null>('GET', at(id, 'changes'))) ?? [],
    export: (id: string): Promise<AsyncIterable<Uint8Array>> => transport.stream('GET', at(id, 'export')),
    commit: (query: {
      container: string;
      repo?: string;
      tag?: string;
      comment?: string;
      author?: string;
      pause?: string;
      changes?: readonly string[];
    }): Promise<{ Id: string }> => transport.json('POST', '/commit', { query, body: {} }),
    async statPath(id: string, path: string): Promise<PathStat | undefined> {
      const { status, headers } = await transport.head(at(id, 'archive'), { query: { path } });
      return status === 200 ? decodeStat(headers['x-docker-container-path-stat']) : undefined;
    },
    async readArchive(id: string, path: string): Promise<{ stat: PathStat; tar: AsyncIterable<Uint8Array> }> {
      const tar = await transport.stream('GET', at(id, 'archive'), { query: { path } });
      return { stat: decodeStat(tar.headers['x-docker-container-path-stat']), tar };
    },
    writeArchive: (
      id: string,
      path: string,
      tar: AsyncIterable<Uint8Array>,
      options: { noOverwriteDirNonDir?: boolean; copyUIDGID?: boolean } = {},
    ): Promise<void> =>
      transport.json('PUT', at(id, 'archive'), {
        query: { path, ...options },
        body: tar,
        headers: { 'Content-Type': 'application/x-tar' },
      }),
    checkpoints: async (id: string, directory?: string): Promise<{ Name: string }[]> =>
      (await transport.json<{ Name: string }[] | null>('GET', at(id, 'checkpoints'), {
        query: { dir: directory },
      })) ?? [],
    createCheckpoint: (
      id: string,
      body: { CheckpointID: string; CheckpointDir?: string; Exit: boolean },
    ): Promise<void> => transport.json('POST', at(id, 'checkpoints'), { body }),
    removeCheckpoint: (id: string, checkpoint: string, directory?: string): Promise<void> =>
      transport.json('DELETE', at(id, `checkpoints/${encodeURIComponent(checkpoint)}`), {
        query: { dir: directory },
      }),
    execCreate: (id: string, body: ExecConfig): Promise<{ Id: string }> =>
      transport.json('POST', at(id, 'exec'), { body }),
    execStart: (execId: string, body: ExecStartConfig): Promise<Hijacked> =>
      transport.hijack(`/exec/${execId}/start`, { body }),
    execStartDetached: (execId: string): Promise<void> =>
      transport.json('POST', `/exec/${execId}/start`, { body: { Detach: true } }),
    execResize: (execId: string, size: { height: number; width: number }): Promise<void> =>
      transport.json('POST', `/exec/${execId}/resize`, { query: { h: size.height, w: size.width } }),
    execInspect: (execId: string): Promise<ExecInspect> => transport.json('GET', `/exec/${execId}/json`),
  };
}

export const filtersOf = (filters: Filters | undefined): { filters?: string } =>
  filters && Object.keys(filters).length > 0 ? { filters: encodeFilters(filters) } : {};

function decodeStat(header: string | string[] | undefined): PathStat {
  return JSON.parse(Buffer.from(String(header ?? ''), 'base64').toString()) as PathStat;
}
