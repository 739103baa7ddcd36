import type { Pidfd } from '../kernel/pidfd.ts';
import { notFound } from '../lib/errors.ts';
import type { RuntimeContext } from './context.ts';
import type { ExitStatus, RunningContainer } from './types.ts';

/** A container whose end the engine waits for. */
export class MonitoredContainer implements RunningContainer {
  readonly id: string;
  readonly bundle: string;
  /** Its place in the cgroup trees. */
  readonly cgroup: string;
  readonly init: Pidfd;
  readonly exited: Promise<ExitStatus>;
  /** When its program was let go, by `performance.now()`; long ago for one of an earlier engine. */
  releasedAt = Number.NEGATIVE_INFINITY;
  private resolveExit: (status: ExitStatus) => void = () => {};
  private status: ExitStatus | undefined;

  constructor(id: string, bundle: string, cgroup: string, init: Pidfd) {
    this.id = id;
    this.bundle = bundle;
    this.cgroup = cgroup;
    this.init = init;
    this.exited = new Promise((resolve) => {
      this.resolveExit = resolve;
    });
  }

  get pid(): number {
    return this.init.pid;
  }

  get hasExited(): boolean {
    return this.status !== undefined;
  }

  /** Tells those who wait; the first call counts. */
  finish(status: ExitStatus): void {
    if (this.status) return;
    this.status = status;
    this.init.close();
    this.resolveExit(status);
  }
}

/** Throws `not-found` in Docker's words for a container that the runtime does not have. */
export function findContainer(context: RuntimeContext, id: string): MonitoredContainer {
  const container = context.containers.get(id);
  if (!container) throw notFound(`No such container: ${id}`);
  return container;
}
