import { EventEmitter } from 'node:events';
import type { Endpoint, PublishedPort } from '../network/types.ts';
import type { RunningContainer } from '../runtime/types.ts';
import type { HealthMonitor } from './health/health-monitor.ts';
import type { SinkPump } from './logs/sinks/sink-pump.ts';
import type { ContainerSpec, ContainerState, MountPoint, MountRequest } from './types.ts';

/** A mount of a container: what was asked for, and what became of it. */
export interface ContainerMount {
  readonly request: MountRequest;
  readonly point: MountPoint;
  /** The volume was made for this container alone and goes with it. */
  readonly anonymous: boolean;
}

/** What is kept of a container beside what it was created from. */
export interface Life {
  state: ContainerState;
  restartCount: number;
  manuallyStopped: boolean;
  hasBeenStarted: boolean;
  endpoints: readonly Endpoint[];
  ports: readonly PublishedPort[];
}

export interface ExitRecord {
  readonly exitCode: number;
  readonly error?: string;
}

/** One run of a container, from its start until its exit is dealt with. */
export interface Run {
  readonly running: RunningContainer;
  readonly startedAt: Date;
  health?: HealthMonitor;
  /** How many wait for its end that asked for it by the verb `stop`: each is told as an event. */
  stops?: number;
  /** Feeds a log driver. */
  sink?: SinkPump;
  /** There are segments of the log beyond its limit that the driver has not got yet. */
  hasOldSegments?: boolean;
}

/** What happens to a container, for those who wait. Listeners run synchronously, inside the verb that caused it. */
interface Moments {
  started: [run: Run];
  /** A run is over, or a start failed: the state says so already, files are still there. */
  exited: [exit: ExitRecord];
  removed: [exit: ExitRecord];
}

/** A restart that a policy wants, waiting for its time. */
export interface PendingRestart {
  readonly timer: NodeJS.Timeout;
}

/** A container as the verbs see it. Only verbs that hold its lock change it; the store keeps it. */
export interface ContainerRecord extends Life {
  readonly id: string;
  name: string;
  readonly createdAt: Date;
  spec: ContainerSpec;
  mounts: readonly ContainerMount[];

  /** Present while it runs or is paused. */
  run: Run | undefined;
  /** Its run is over, but `die` is not told yet. */
  isLeaving: boolean;
  readonly moments: EventEmitter<Moments>;
  /** Attached clients that have not got all of the output yet; each resolves when it has. */
  readonly readers: Set<Promise<void>>;
  pendingRestart: PendingRestart | undefined;
  /** Milliseconds that the last restart by policy waited; 0 = none yet. */
  restartDelay: number;
  /** A user ended this run: no policy restarts it. */
  restartCancelled: boolean;
  /** `restart` is under way: neither the policy nor auto-removal acts on the exit. */
  restartRequested: boolean;
}

type Kept = Pick<ContainerRecord, 'id' | 'name' | 'createdAt' | 'spec' | 'mounts'>;

export const newLife = (): Life => ({
  state: { status: 'created' },
  restartCount: 0,
  manuallyStopped: false,
  hasBeenStarted: false,
  endpoints: [],
  ports: [],
});

export function makeRecord(kept: Kept, life: Life = newLife()): ContainerRecord {
  const moments = new EventEmitter<Moments>();
  moments.setMaxListeners(0);
  return {
    ...kept,
    ...life,
    moments,
    readers: new Set(),
    run: undefined,
    isLeaving: false,
    pendingRestart: undefined,
    restartDelay: 0,
    restartCancelled: false,
    restartRequested: false,
  };
}

/** Whether Docker counts it as running: a restarting one is. */
export function isRunning(record: { readonly state: ContainerState }): boolean {
  const { status } = record.state;
  return status === 'running' || status === 'paused' || status === 'restarting';
}

/** Exit code and error of the last run, as `wait` tells them. */
export function lastExit({ state }: { readonly state: ContainerState }): ExitRecord {
  if (!('exitCode' in state)) return { exitCode: 0 };
  return { exitCode: state.exitCode ?? 0, ...(state.error && { error: state.error }) };
}
