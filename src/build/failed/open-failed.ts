import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { notFound } from '../../lib/errors.ts';
import type { Snapshotter } from '../../snapshot/types.ts';
import type { CacheMounts } from '../ops/exec/cache-mounts.ts';
import type { ExecMount } from '../plan/types.ts';
import type { FailedSteps } from './failed-steps.ts';
import type { FailedMount, FailedPlace, FailedStep } from './types.ts';

interface Parts {
  readonly failures: FailedSteps;
  readonly snapshots: Pick<Snapshotter, 'layer'>;
  readonly caches: CacheMounts;
}

/** What is left of a failed step, of the newest one when no build is named, with as many of its mounts as there still are. */
export function openFailed({ failures, snapshots, caches }: Parts, buildId?: string): FailedPlace {
  const failed = buildId === undefined ? failures.list()[0] : failures.find(buildId);
  if (!failed || !failed.layers.every((layer) => snapshots.layer(layer)))
    throw notFound(
      buildId === undefined
        ? 'no file system of a failed step is kept'
        : `no file system of a failed step of build ${buildId} is kept`,
    );
  const mounts: FailedMount[] = [];
  const missing: string[] = [];
  for (const mount of failed.op.mounts) {
    const found = mountOf(mount, failed, caches);
    if (typeof found === 'string') missing.push(found);
    else mounts.push(found);
  }
  if (failed.op.script) missing.push(`the script ${failed.op.script.path}`);
  return { ...failed, mounts, missing };
}

/** The mount, or in words what is not there any more. */
function mountOf(mount: ExecMount, { contextDir }: FailedStep, caches: CacheMounts): FailedMount | string {
  switch (mount.type) {
    case 'tmpfs':
      return { type: 'tmpfs', target: mount.target };
    case 'cache': {
      const source = mount.input === undefined ? caches.find(mount) : undefined;
      if (source === undefined) return `the cache at ${mount.target}`;
      return { type: 'bind', source, target: mount.target, readOnly: mount.readOnly };
    }
    case 'bind': {
      if (mount.input !== undefined) return `files of another stage at ${mount.target}`;
      const source = contextDir === undefined ? undefined : join(contextDir, mount.source);
      if (source === undefined || !existsSync(source)) return `the build context at ${mount.target}`;
      return { type: 'bind', source, target: mount.target, readOnly: true };
    }
    case 'secret':
      return `the secret ${mount.id}`;
    case 'ssh':
      return `the SSH agent ${mount.id}`;
  }
}
