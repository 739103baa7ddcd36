import { GrpcError } from '../../lib/grpc/status.ts';
import type { GrpcHandler } from '../../lib/grpc/server.ts';
import type { BuildKitContext } from '../context.ts';
import type { Job } from '../control/job.ts';
import type { Jobs } from '../control/jobs.ts';
import { workerOf } from '../control/worker.ts';
import { checkFrontend } from '../frontend/check-frontend.ts';
import { fetchGraph } from '../frontend/fetch-graph.ts';
import { resultOf } from '../frontend/reference.ts';
import { readRemoteGraph } from '../frontend/remote-graph.ts';
import { runDockerfile } from '../frontend/run-dockerfile.ts';
import { shownUrl } from '../frontend/shown-url.ts';
import type { Definition, FrontendResult, FrontendSolveRequest, VertexWarning } from '../message-types.ts';
import { unary } from '../methods.ts';
import { peerOf } from '../session/session-peer.ts';
import { type StatusMessage, statusBytes } from '../status-message.ts';
import { describeResult, referTo, returnedBy } from './describe-result.ts';
import { jobOf } from './job-of.ts';
import { containerMethods, fileMethods, imageMethods } from './result-methods.ts';
import { frontendCapabilities, graphCapabilities } from './capabilities.ts';

const service = 'moby.buildkit.v1.frontend';

type ReturnRequest = {
  result: FrontendResult | null;
  error: StatusMessage | null;
};

/** What a client calls that runs the frontend itself, as buildx does. */
export function gatewayMethods(context: BuildKitContext, jobs: Jobs): [string, GrpcHandler][] {
  const methods: Record<string, GrpcHandler> = {
    Ping: unary(`${service}.PingRequest`, `${service}.PongResponse`, () => ({
      FrontendAPICaps: frontendCapabilities,
      LLBCaps: graphCapabilities,
      Workers: [workerOf(context)],
    })),
    Solve: unary<FrontendSolveRequest, { result: Partial<FrontendResult> }>(
      `${service}.SolveRequest`,
      `${service}.SolveResponse`,
      async (request, call) => ({
        result: await solve(context, jobs, await jobOf(jobs, call), request, call.signal),
      }),
    ),
    // a result is complete when it is handed out
    Evaluate: unary(`${service}.EvaluateRequest`, `${service}.EvaluateResponse`, () => ({})),
    Inputs: unary(`${service}.InputsRequest`, `${service}.InputsResponse`, async (_, call) => ({
      Definitions: (await jobOf(jobs, call)).inputs,
    })),
    Warn: unary<Partial<VertexWarning> & { digest: string }, object>(
      `${service}.WarnRequest`,
      `${service}.WarnResponse`,
      async ({ digest, ...warning }, call) => {
        (await jobOf(jobs, call)).status.tell({ warnings: [{ ...warning, vertex: digest }] });
        return {};
      },
    ),
    ...fileMethods(context, jobs),
    ...imageMethods(context, jobs),
    ...containerMethods(),
    Return: unary<ReturnRequest, object>(
      `${service}.ReturnRequest`,
      `${service}.ReturnResponse`,
      async (request, call) => finish(await jobOf(jobs, call), request),
    ),
  };
  return Object.entries(methods).map(([name, handler]) => [`/${service}.LLBBridge/${name}`, handler]);
}

async function solve(
  context: BuildKitContext,
  jobs: Jobs,
  job: Job,
  request: FrontendSolveRequest,
  calling: AbortSignal,
): Promise<Partial<FrontendResult>> {
  const signal = AbortSignal.any([calling, job.signal]);
  if (request.Definition && request.Definition.def.length > 0)
    return { ref: referTo(await solveGraph(context, job, request.Definition, signal)) };
  checkFrontend(request.Frontend, request.FrontendOpt);
  job.asked = { ...job.attributes, ...request.FrontendOpt };
  const peer = await peerOf(context, job.session, signal);
  const answer = await runDockerfile(
    {
      context,
      peer,
      teller: job.teller,
      signal,
      id: job.ref,
      lineage: job.lineage,
      caches: job.caches,
      entitlements: job.entitlements,
      policy: job.policy,
      inputs: request.FrontendInputs,
      results: (name) => jobs.result(name),
    },
    job.asked,
  );
  if ('documents' in answer) return { metadata: answer.documents };
  return describeResult(answer.result, (part) => job.keep(part));
}

/** A result that was handed out, or files from elsewhere, which can only be read. */
async function solveGraph(
  context: BuildKitContext,
  job: Job,
  definition: Definition,
  signal: AbortSignal,
): Promise<string> {
  const remote = readRemoteGraph(definition);
  if (!remote) return resultOf(definition);
  const peer = await peerOf(context, job.session, signal);
  const received = await job.teller.during(`load ${shownUrl(remote.url)}`, () =>
    fetchGraph(context.builder, remote, { client: peer, signal, policy: job.policy }),
  );
  return job.keepFiles({ received, ...(remote.file !== undefined && { file: remote.file }) });
}

function finish(job: Job, { result, error }: ReturnRequest): object {
  if (error && error.code !== 0) job.fail(new GrpcError(error.code, error.message, statusBytes(error)));
  else job.return(returnedBy(result));
  return {};
}
