import { randomUUID } from 'node:crypto';
import { Arrivals } from '../../lib/arrivals.ts';
import type { SourcePolicy } from '../../build/policy/source-policy.ts';
import type { ReceivedContext } from '../../build/types.ts';
import { conflict, EngineError, invalid, notFound } from '../../lib/errors.ts';
import { GrpcError, GrpcStatus } from '../../lib/grpc/status.ts';
import { type CacheRequest, readCacheRequest } from '../cache/cache-options.ts';
import type { Definition, SolveRequest } from '../message-types.ts';
import { BuildDocuments } from './build-documents.ts';
import type { BuildResult, ResultPart } from '../result.ts';
import { type Compatibility, readCompatibility } from './compatibility.ts';
import { readPolicy } from './read-policy.ts';
import { BuildStatus } from '../status/build-status.ts';
import { BuildTeller } from '../status/tell-build.ts';

/** What a client's own run of the frontend came to. */
export interface Returned {
  /** Names of results. */
  readonly results: readonly string[];
  readonly isMap: boolean;
}

/** Files that were fetched from elsewhere for a client to read. */
interface RemoteFiles {
  readonly received: ReceivedContext;
  /** What the one file is called, which is there as `context`. */
  readonly file?: string;
}

/** One build that a client asked for, from its request until its answer. */
export class Job implements Disposable {
  readonly ref: string;
  readonly status = new BuildStatus();
  readonly teller: BuildTeller;
  /** Id of the session of the client. */
  readonly session: string;
  /** The first name that the result gets; '' = none. */
  readonly lineage: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** What the frontend was asked last. */
  asked: Readonly<Record<string, string>>;
  /** What the client allows steps to do. */
  readonly entitlements: readonly string[];
  readonly caches: CacheRequest;
  readonly compatibility: Compatibility;
  readonly policy: SourcePolicy | undefined;
  /** Graphs that the client gave names to. */
  readonly inputs: Readonly<Record<string, Definition>>;
  private readonly results = new Map<string, ResultPart>();
  private readonly files = new Map<string, RemoteFiles>();
  private readonly end = Promise.withResolvers<Returned>();
  private readonly over = new AbortController();

  /** Throws for what can't be done: that is told before anything is built. */
  constructor(request: SolveRequest, lineage?: string) {
    this.ref = request.Ref;
    this.teller = new BuildTeller(this.status, request.Ref);
    this.session = request.Session;
    this.caches = readCacheRequest(request);
    this.compatibility = readCompatibility(request);
    this.policy = readPolicy(request);
    this.attributes = request.FrontendAttrs;
    this.asked = request.FrontendAttrs;
    this.inputs = request.FrontendInputs;
    this.entitlements = request.Entitlements;
    this.lineage =
      lineage ?? request.Exporters.map(({ Attrs }) => Attrs['name']?.split(',')[0] ?? '').find(Boolean) ?? '';
    this.end.promise.catch(() => {});
  }

  /** Aborts when the build is over: calls about it have nothing to work on any more. */
  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** Keeps a result until the build ends; returns the name by which it is asked for. */
  keep(part: ResultPart): string {
    if (this.signal.aborted) {
      part.image[Symbol.dispose](); // too late: nobody asks for it any more
      return '';
    }
    const name = randomUUID();
    this.results.set(name, part);
    return name;
  }

  find(name: string): ResultPart | undefined {
    return this.results.get(name);
  }

  /** Keeps files until the build ends; returns the name by which they are read. */
  keepFiles(files: RemoteFiles): string {
    const name = randomUUID();
    if (this.signal.aborted) files.received[Symbol.dispose]();
    else this.files.set(name, files);
    return name;
  }

  findFiles(name: string): RemoteFiles | undefined {
    return this.files.get(name);
  }

  /** The client's run of the frontend is over. */
  return(returned: Returned): void {
    this.end.resolve(returned);
  }

  fail(error: unknown): void {
    this.end.reject(error);
  }

  /** Ends the build. */
  cancel(): void {
    this.over.abort();
  }

  get returned(): Promise<Returned> {
    return this.end.promise;
  }

  [Symbol.dispose](): void {
    this.over.abort();
    this.status.end();
    for (const { image } of this.results.values()) image[Symbol.dispose]();
    this.results.clear();
    for (const { received } of this.files.values()) received[Symbol.dispose]();
    this.files.clear();
  }
}

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
