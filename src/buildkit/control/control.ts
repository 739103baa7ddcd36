import type { GrpcHandler } from '../../lib/grpc/server.ts';
import type { BuildKitContext } from '../context.ts';
import type { SolveRequest, SolveResponse, StatusResponse } from '../message-types.ts';
import { streaming, unary } from '../methods.ts';
import { diskUsage, prune, type PruneRequest, type UsageRecord } from './cache.ts';
import {
  type HistoryEvent,
  type HistoryRequest,
  type HistoryUpdate,
  listenHistory,
  replay,
  updateHistory,
} from './history.ts';
import type { Job } from './job.ts';
import type { Jobs } from './jobs.ts';
import { solve } from './solve.ts';
import { serveTunnel } from './session-tunnel.ts';
import { workerOf, versionOf } from './worker.ts';

const service = 'moby.buildkit.v1';

/** What clients of a build daemon call: builds, their progress, the cache, who does the work. */
export function controlMethods(context: BuildKitContext, jobs: Jobs): [string, GrpcHandler][] {
  const methods: Record<string, GrpcHandler> = {
    Info: unary(`${service}.InfoRequest`, `${service}.InfoResponse`, () => ({
      buildkitVersion: versionOf(context),
    })),
    ListWorkers: unary(`${service}.ListWorkersRequest`, `${service}.ListWorkersResponse`, () => ({
      record: [workerOf(context)],
    })),
    Solve: unary<SolveRequest, SolveResponse>(
      `${service}.SolveRequest`,
      `${service}.SolveResponse`,
      (request, { signal }) => solve(context, jobs, request, signal),
    ),
    Status: streaming<{ Ref: string }, StatusResponse>(
      `${service}.StatusRequest`,
      `${service}.StatusResponse`,
      ({ Ref }, { signal }) => statusOf(context, jobs, Ref, signal),
    ),
    ListenBuildHistory: streaming<HistoryRequest, HistoryEvent>(
      `${service}.BuildHistoryRequest`,
      `${service}.BuildHistoryEvent`,
      (request, { signal }) => listenHistory(context, jobs.documents, request, signal),
    ),
    UpdateBuildHistory: unary<HistoryUpdate, object>(
      `${service}.UpdateBuildHistoryRequest`,
      `${service}.UpdateBuildHistoryResponse`,
      (request) => updateHistory(context, request),
    ),
    Session: (call) => serveTunnel(call, context.sessions),
    DiskUsage: unary<{ filter: string[] }, { record: Partial<UsageRecord>[] }>(
      `${service}.DiskUsageRequest`,
      `${service}.DiskUsageResponse`,
      async ({ filter }) => ({ record: await diskUsage(context, filter) }),
    ),
    Prune: streaming<PruneRequest, UsageRecord>(
      `${service}.PruneRequest`,
      `${service}.UsageRecord`,
      (request) => prune(context, request),
    ),
  };
  return Object.entries(methods).map(([name, handler]) => [`/${service}.Control/${name}`, handler]);
}

/** Of a build under way, or one that is about to begin; else of one on record. */
async function* statusOf(
  { builder, records }: BuildKitContext,
  jobs: Jobs,
  ref: string,
  signal: AbortSignal,
): AsyncGenerator<Partial<StatusResponse>> {
  const job = jobs.find(ref);
  const told = job ? undefined : records.told(ref);
  const record = (job ?? told) ? undefined : builder.history.find(ref);
  if (told) yield* told;
  else if (record) yield* replay(record);
  else yield* (job ?? (await begun(jobs, ref, signal)))?.status.follow(signal) ?? [];
}

/** A build that was refused has no progress: its request is answered with the reason, which clients print as such. */
async function begun(jobs: Jobs, ref: string, signal: AbortSignal): Promise<Job | undefined> {
  try {
    return await jobs.get(ref, signal);
  } catch (error) {
    if (jobs.wasRefused(ref)) return undefined;
    throw error;
  }
}
