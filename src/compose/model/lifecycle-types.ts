import type { Place } from '../load/tree.ts';

/** A command at a point in the life of a service's container, run in that container. */
export interface Hook {
  readonly command: readonly string[];
  readonly user?: string;
  readonly privileged: boolean;
  readonly workingDir?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly place: Place;
}

/** A hook before the start: a container of its own, that has to end well. */
export interface StartHook extends Hook {
  /** Absent = the image of the service. */
  readonly image?: string;
  /** Once for each container of the service, not once for all of them. */
  readonly perReplica: boolean;
}

export type WatchAction = 'rebuild' | 'sync' | 'restart' | 'sync+restart' | 'sync+exec';

/** What `watch` does when something below a path changes. */
export interface WatchRule {
  /** absolute */
  readonly path: string;
  readonly action: WatchAction;
  /** Path in the container, for the `sync` actions. */
  readonly target?: string;
  readonly exec?: Hook;
  /** Patterns; empty = everything. */
  readonly include: readonly string[];
  readonly ignore: readonly string[];
  readonly initialSync: boolean;
  /** It says so by the name that this had before. */
  readonly byOldName: boolean;
  readonly place: Place;
}
