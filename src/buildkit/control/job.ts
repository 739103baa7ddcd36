import { randomUUID } from 'node:crypto';
import type { SourcePolicy } from '../../build/policy/source-policy.ts';
import type { ReceivedContext } from '../../build/types.ts';
import { attestationRequests } from '../attest/requests.ts';
import { type CacheRequest, readCacheRequest } from '../cache/cache-options.ts';
import { checkExporters } from '../export/asked-exporters.ts';
import type { Definition, SolveRequest } from '../message-types.ts';
import type { ResultPart } from '../result.ts';
import { BuildStatus } from '../status/build-status.ts';
import { BuildTeller } from '../status/tell-build.ts';
import { type Compatibility, readCompatibility } from './compatibility.ts';
import { readPolicy } from './read-policy.ts';

/** What a client's own run of the frontend came to. */
export interface Returned {
  /** Names of results. */
  readonly results: readonly string[];
  readonly isMap: boolean;
}

/** Files that were fetched from elsewhere for a client to read. */
export interface RemoteFiles {
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
    attestationRequests(request.FrontendAttrs); // refuses what nobody can state
    checkExporters(request);
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
