import { randomUUID } from 'node:crypto';
import { notFound } from '../../lib/errors.ts';
import { type CacheRequest, readCacheRequest } from '../cache/cache-options.ts';
import type { SolveRequest } from '../message-types.ts';
import type { BuildResult, ResultPart } from '../result.ts';
import { BuildStatus } from '../status/build-status.ts';
import { BuildTeller } from '../status/tell-build.ts';

/** What a client's own run of the frontend came to. */
export interface Returned {
  /** Names of results. */
  readonly results: readonly string[];
  readonly isMap: boolean;
}

/** One build that a client asked for, from its request until its answer. */
export class Job implements Disposable {
  readonly ref: string;
  readonly status = new BuildStatus();
  readonly teller: BuildTeller;
  /** Id of the session of the client; known when the request has come. */
  session = '';
  /** The first name that the result gets; '' = none. */
  lineage = '';
  attributes: Readonly<Record<string, string>> = {};
  /** What the client allows steps to do. */
  entitlements: readonly string[] = [];
  caches: CacheRequest = { inputs: [], outputs: [], inline: false };
  private readonly results = new Map<string, ResultPart>();
  private readonly begun = Promise.withResolvers<void>();
  private readonly end = Promise.withResolvers<Returned>();

  constructor(ref: string) {
    this.ref = ref;
    this.teller = new BuildTeller(this.status, ref);
    this.end.promise.catch(() => {});
  }

  /** Throws for what can't be done with caches: that is told before anything is built. */
  begin(request: SolveRequest): void {
    this.session = request.Session;
    this.caches = readCacheRequest(request);
    this.attributes = request.FrontendAttrs;
    this.entitlements = request.Entitlements;
    this.lineage =
      request.Exporters.map(({ Attrs }) => Attrs['name']?.split(',')[0] ?? '').find(Boolean) ?? '';
    this.begun.resolve();
  }

  /** Settles when the request of the build has come. */
  get ready(): Promise<void> {
    return this.begun.promise;
  }

  /** Keeps a result until the build ends; returns the name by which it is asked for. */
  keep(part: ResultPart): string {
    const name = randomUUID();
    this.results.set(name, part);
    return name;
  }

  find(name: string): ResultPart | undefined {
    return this.results.get(name);
  }

  /** The client's run of the frontend is over. */
  return(returned: Returned): void {
    this.end.resolve(returned);
  }

  fail(error: unknown): void {
    this.end.reject(error);
  }

  get returned(): Promise<Returned> {
    return this.end.promise;
  }

  [Symbol.dispose](): void {
    this.status.end();
    for (const { image } of this.results.values()) image[Symbol.dispose]();
    this.results.clear();
  }
}

/** Jobs that ended are remembered, so that a client may still read what was told. */
const REMEMBERED = 20;

/** The builds of clients, by their refs. Calls about a build may come before its request. */
export class Jobs {
  private readonly jobs = new Map<string, Job>();
  private readonly ended: string[] = [];

  has(ref: string): boolean {
    return this.jobs.has(ref);
  }

  get(ref: string): Job {
    const known = this.jobs.get(ref);
    if (known) return known;
    const job = new Job(ref);
    this.jobs.set(ref, job);
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

  /** What a client returned. */
  returned({ results, isMap }: Returned): BuildResult {
    return { parts: results.map((name) => this.result(name)), isMap };
  }

  finish(job: Job): void {
    job[Symbol.dispose]();
    this.ended.push(job.ref);
    while (this.ended.length > REMEMBERED) this.jobs.delete(this.ended.shift() ?? '');
  }
}
