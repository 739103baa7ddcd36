import { createHash, randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { Logger } from '../../lib/log.ts';
import type { WorkerPool } from '../../lib/worker-pool.ts';
import type { Networks } from '../../network/types.ts';
import type { Runtime } from '../../runtime/types.ts';
import type { Snapshotter } from '../../snapshot/types.ts';
import type { GitStore } from '../remote/git-store.ts';
import type { HttpStore } from '../remote/http-store.ts';
import type { CacheRecords } from '../solve/records.ts';
import type { CacheMounts } from './exec/cache-mounts.ts';
import type { jobs } from './worker/jobs.ts';

/*
 * <build>/
 *   tmp/<id>/              of a step or download at work: log, hosts, script, …; gone after the next start
 *   cache/<name>/          cache mounts (exec/cache-mounts.ts)
 *   uploads/<name>/        contexts that clients sent (context/context-store.ts)
 *   git/, http/             what was fetched from elsewhere (remote/)
 *   digests/<name>.txt     digests of the files of another context, by its path; beside it those of selections
 * <bundles>/build-<hex>/   bundle of a RUN; the same id names its snapshot, sandbox and container
 */
export interface BuildPaths {
  /** Directory of the builder under the data root. */
  readonly build: string;
  /** Where bundles go, under the run root: short. */
  readonly bundles: string;
}

/** What the operations of all builds work with. */
export interface BuildServices {
  readonly snapshots: Snapshotter;
  readonly runtime: Runtime;
  readonly networks: Networks;
  readonly records: CacheRecords;
  readonly workers: WorkerPool<typeof jobs>;
  readonly caches: CacheMounts;
  readonly git: GitStore;
  readonly http: HttpStore;
  readonly paths: BuildPaths;
  readonly logger: Logger;
  /** `private` or `host`; absent = by the version of the cgroup trees. */
  readonly cgroupnsMode?: string;
}

/** Begins the name of everything that belongs to a step at work, so that leftovers are known as such. */
export const idPrefix = 'build-';

export const newId = (): string => `${idPrefix}${randomBytes(6).toString('hex')}`;

export const temporaryRoot = ({ build }: BuildPaths): string => join(build, 'tmp');

export const uploadsRoot = ({ build }: BuildPaths): string => join(build, 'uploads');

/** Whether a context is one that a client sent, as a whole: this engine alone changes it. */
export const isKeptTree = (paths: BuildPaths, contextDir: string): boolean =>
  dirname(dirname(contextDir)) === uploadsRoot(paths) && basename(contextDir) === 'tree';

export const digestsRoot = ({ build }: BuildPaths): string => join(build, 'digests');

/** Where the digests of a context's files are kept: beside it when a client sent it (context/context-store.ts). */
export function digestMemory(paths: BuildPaths, contextDir: string): string | undefined {
  const { build } = paths;
  if (isKeptTree(paths, contextDir)) return join(dirname(contextDir), 'digests.txt');
  if (contextDir.startsWith(`${build}/`) && !contextDir.startsWith(`${join(build, 'git')}/`))
    return undefined; // it will not be seen again
  const name = createHash('sha256').update(contextDir).digest('hex').slice(0, 32);
  return join(digestsRoot(paths), `${name}.txt`);
}
