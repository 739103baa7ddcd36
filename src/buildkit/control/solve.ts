import { abortable } from '../../lib/abortable.ts';
import type { BuildKitContext } from '../context.ts';
import type { BuildEvent } from '../../build/types.ts';
import { exportCaches } from '../cache/transfer-caches.ts';
import { exportersOf } from '../export/asked-exporters.ts';
import { exportResult } from '../export/export-result.ts';
import { checkFrontend } from '../frontend/check-frontend.ts';
import type { ClientDockerfile } from '../frontend/local-context.ts';
import { resultOf } from '../frontend/reference.ts';
import { runDockerfile } from '../frontend/run-dockerfile.ts';
import type { SolveRequest, SolveResponse } from '../message-types.ts';
import type { Peer } from '../peer.ts';
import type { BuildResult } from '../result.ts';
import { peerOf } from '../session/session-peer.ts';
import type { TaskEvent } from '../status/tell-build.ts';
import { JobRecorder } from './job-recorder.ts';
import type { Job } from './job.ts';
import type { Jobs } from './jobs.ts';

/** How a build is asked for by a client whose session does not bring its files. */
export interface DirectClient {
  readonly peer: Peer;
  /** What is built, where it is not the first name that the result gets. */
  readonly lineage: string;
  /** Keeps what a failed step left; default true. */
  readonly keepFailed?: boolean;
  readonly onDockerfile?: (dockerfile: ClientDockerfile) => void;
  readonly onEvent?: (event: BuildEvent | TaskEvent, platform?: string) => void;
  /** Takes documents about the Dockerfile, in the place of a result. */
  readonly onDocuments?: (documents: Readonly<Record<string, Buffer>>) => void;
}

/** One build: the client runs the frontend itself and returns its result, or leaves that to the engine; then the result is exported. */
export async function solve(
  context: BuildKitContext,
  jobs: Jobs,
  request: SolveRequest,
  calling: AbortSignal,
  direct?: DirectClient,
): Promise<SolveResponse> {
  const job = jobs.begin(request, direct?.lineage);
  using ending = new DisposableStack();
  ending.defer(() => jobs.finish(job));
  job.teller.onTask = direct?.onEvent;
  const signal = AbortSignal.any([calling, job.signal]);
  const peer = async (): Promise<Peer> => direct?.peer ?? peerOf(context, request.Session, signal);
  const recorder = new JobRecorder(context, jobs.documents, job, request);
  ending.defer(() => recorder.end());
  try {
    const result = await resultOfJob(context, jobs, job, request, signal, direct);
    const responses: Record<string, string> = {};
    if (!result || result.parts.length === 0) return { ExporterResponse: responses };
    jobs.documents.keep(job.ref, result);
    for (const [number, exporter] of exportersOf(request).entries()) {
      const { teller } = job;
      Object.assign(
        responses,
        await exportResult({
          context,
          peer: await peer(),
          teller,
          result,
          exporter,
          number,
          ref: job.ref,
          compatibility: job.compatibility,
          signal,
        }),
      );
    }
    if (job.caches.outputs.length > 0) {
      const images = result.parts.map(({ image }) => image);
      const transfer = { context, peer: await peer(), teller: job.teller, signal };
      Object.assign(responses, await exportCaches(transfer, images, job.caches.outputs));
    }
    recorder.response = responses;
    return { ExporterResponse: responses };
  } catch (error) {
    recorder.error = error;
    if (!request.Internal) recordFailure(context, job, error);
    throw error;
  }
}

/** A build that failed before it was solved is on record, too. */
function recordFailure({ builder }: BuildKitContext, { ref, lineage, asked }: Job, error: unknown): void {
  if (builder.history.find(ref)) return;
  const { filename: dockerfile = 'Dockerfile', target = '' } = asked;
  builder.history.fail({ lineage, dockerfile, target }, ref, error);
}

async function resultOfJob(
  context: BuildKitContext,
  jobs: Jobs,
  job: Job,
  { Frontend, Definition, FrontendAttrs, FrontendInputs, Session }: SolveRequest,
  signal: AbortSignal,
  direct: DirectClient | undefined,
): Promise<BuildResult | undefined> {
  if (Definition && Definition.def.length > 0)
    return { parts: [jobs.result(resultOf(Definition))], isMap: false };
  if (Frontend === '') return jobs.returned(await abortable(job.returned, signal));
  checkFrontend(Frontend, FrontendAttrs);
  const { teller, ref: id, lineage, caches, entitlements, policy } = job;
  const told = { teller, signal, ...direct };
  const peer = direct?.peer ?? (await peerOf(context, Session, signal));
  const run = { ...told, context, peer, id, lineage, caches, entitlements, policy, inputs: FrontendInputs };
  const answer = await runDockerfile({ ...run, results: (name) => jobs.result(name) }, FrontendAttrs);
  if (!('result' in answer)) {
    direct?.onDocuments?.(answer.documents);
    return undefined;
  }
  for (const part of answer.result.parts) job.keep(part);
  return answer.result;
}
