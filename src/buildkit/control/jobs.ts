import { Arrivals } from '../../lib/arrivals.ts';
import { conflict, EngineError, invalid, notFound } from '../../lib/errors.ts';
import { GrpcError, GrpcStatus } from '../../lib/grpc/status.ts';
import type { SolveRequest } from '../message-types.ts';
import type { BuildResult, ResultPart } from '../result.ts';
import { BuildDocuments } from './build-documents.ts';
import { Job, type RemoteFiles, type Returned } from './job.ts';

/** A client asks for a build and for its progress at the same time: the one may come a little later. */
const PATIENCE_MS = 6000;

/** Refusals that are remembered. */
const MOST_REFUSED = 20;

interface Refusal {
  readonly refusal: Error;
}

/** Clients print a code that they know before the message. */
function withoutCode(error: unknown): Error {
  if (error instanceof EngineError) return new GrpcError(GrpcStatus.unknown, error.message);
  return error instanceof Error ? error : new Error(String(error));
}

/** The builds of clients, by their refs. */
export class Jobs {
  readonly documents = new BuildDocuments();
  private readonly jobs = new Map<string, Job>();
  private readonly arrivals = new Arrivals<Job | Refusal>();
  /** Builds that were refused as they were asked for: calls about them need not wait. */
  private readonly refused = new Map<string, Refusal>();

  /** Throws for a ref that is in use, and for what can't be done. */
  begin(request: SolveRequest, lineage?: string): Job {
    const { Ref } = request;
    if (Ref === '') throw invalid('the build has no ref');
    if (this.jobs.has(Ref)) throw conflict(`job ID ${Ref} exists`);
    const job = this.make(request, lineage);
    this.jobs.set(Ref, job);
    this.arrivals.arrived(Ref, job);
    return job;
  }

  private make(request: SolveRequest, lineage: string | undefined): Job {
    try {
      return new Job(request, lineage);
    } catch (error) {
      const refusal = { refusal: withoutCode(error) };
      this.refused.set(request.Ref, refusal);
      const [oldest] = this.refused.keys();
      if (this.refused.size > MOST_REFUSED && oldest !== undefined) this.refused.delete(oldest);
      this.arrivals.arrived(request.Ref, refusal);
      throw refusal.refusal;
    }
  }

  wasRefused(ref: string): boolean {
    return this.refused.has(ref);
  }

  /** One that is under way. */
  find(ref: string): Job | undefined {
    return this.jobs.get(ref);
  }

  /** One that is under way; waits a little for it. */
  async get(ref: string, signal: AbortSignal): Promise<Job> {
    const known = this.jobs.get(ref) ?? this.refused.get(ref);
    const job = known ?? (await this.arrivals.wait(ref, PATIENCE_MS, signal));
    if (job && 'refusal' in job) throw job.refusal;
    if (!job) throw notFound(`no such job ${ref}`);
    return job;
  }

  /** The result of any build under way. */
  result(name: string): ResultPart {
    for (const job of this.jobs.values()) {
      const found = job.find(name);
      if (found) return found;
    }
    throw notFound(`no such ref: ${name}`);
  }

  /** Fetched files of any build under way. */
  files(name: string): RemoteFiles | undefined {
    for (const job of this.jobs.values()) {
      const found = job.findFiles(name);
      if (found) return found;
    }
    return undefined;
  }

  /** What a client returned. */
  returned({ results, isMap }: Returned): BuildResult {
    return { parts: results.map((name) => this.result(name)), isMap };
  }

  finish(job: Job): void {
    job[Symbol.dispose]();
    this.jobs.delete(job.ref);
  }
}
