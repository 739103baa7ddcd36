import type { BuildKitContext } from '../context.ts';
import { exportCaches } from '../cache/transfer-caches.ts';
import { exportResult } from '../export/export-result.ts';
import { checkFrontend } from '../frontend/check-frontend.ts';
import { resultOf } from '../frontend/reference.ts';
import { runDockerfile } from '../frontend/run-dockerfile.ts';
import type { SolveRequest, SolveResponse } from '../message-types.ts';
import type { BuildResult } from '../result.ts';
import { exportersOf, JobRecorder } from './job-recorder.ts';
import type { Job, Jobs } from './jobs.ts';

/** One build: the client runs the frontend itself and returns its result, or leaves that to the engine; then the result is exported. */
export async function solve(
  context: BuildKitContext,
  jobs: Jobs,
  request: SolveRequest,
  calling: AbortSignal,
): Promise<SolveResponse> {
  const job = jobs.begin(request);
  const signal = AbortSignal.any([calling, job.signal]);
  const recorder = new JobRecorder(context, jobs.documents, job, request);
  try {
    const result = await resultOfJob(context, jobs, job, request, signal);
    const responses: Record<string, string> = {};
    if (!result || result.parts.length === 0) return { ExporterResponse: responses };
    jobs.documents.keep(job.ref, result);
    for (const [number, exporter] of exportersOf(request).entries()) {
      const session = await context.sessions.get(request.Session, signal);
      const { teller } = job;
      Object.assign(
        responses,
        await exportResult({ context, session, teller, result, exporter, number, ref: job.ref, signal }),
      );
    }
    if (job.caches.outputs.length > 0) {
      const session = await context.sessions.get(request.Session, signal);
      const images = result.parts.map(({ image }) => image);
      const transfer = { context, session, teller: job.teller, signal };
      Object.assign(responses, await exportCaches(transfer, images, job.caches.outputs));
    }
    recorder.response = responses;
    return { ExporterResponse: responses };
  } catch (error) {
    recorder.error = error;
    throw error;
  } finally {
    recorder.end();
    jobs.finish(job);
  }
}

async function resultOfJob(
  context: BuildKitContext,
  jobs: Jobs,
  job: Job,
  { Frontend, Definition, FrontendAttrs, FrontendInputs, Session }: SolveRequest,
  signal: AbortSignal,
): Promise<BuildResult | undefined> {
  if (Definition && Definition.def.length > 0)
    return { parts: [jobs.result(resultOf(Definition))], isMap: false };
  if (Frontend === '') {
    return jobs.returned(await untilAborted(job.returned, signal));
  }
  checkFrontend(Frontend, FrontendAttrs);
  const session = await context.sessions.get(Session, signal);
  const { teller, ref: id, lineage, caches, entitlements } = job;
  const run = { context, session, teller, signal, id, lineage, caches, entitlements, inputs: FrontendInputs };
  const answer = await runDockerfile({ ...run, results: (name) => jobs.result(name) }, FrontendAttrs);
  if (!('result' in answer)) return undefined;
  for (const part of answer.result.parts) job.keep(part);
  return answer.result;
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const gone = Promise.withResolvers<never>();
  const abort = (): void => gone.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, gone.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
