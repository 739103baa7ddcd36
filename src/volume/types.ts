export type VolumeScope = 'local' | 'global';

export interface Volume {
  readonly name: string;
  /** `local`, or the name of a plugin. */
  readonly driver: string;
  readonly scope: VolumeScope;
  /** Directory on the host that holds its data; empty while a plugin has not told it. */
  readonly mountpoint: string;
  /** Absent where a plugin does not tell it. */
  readonly createdAt?: Date;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** Made without a name, for one container. */
  readonly anonymous: boolean;
  /** What a plugin tells of it; only from `inspect`. */
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface VolumeSpec {
  /** None = anonymous, and one is chosen. */
  readonly name?: string;
  /** Nobody has the name yet; it was chosen by `randomId`. */
  readonly anonymous?: true;
  readonly driver?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, string>>;
}

export interface Volumes {
  /**
   * Returns the one of this name if there is one, whatever it was made with, as Docker does. Throws `conflict` when it is another
   * driver's.
   */
  create(spec: VolumeSpec): Promise<Volume>;
  /** Those that the engine has records of, without asking plugins. */
  list(): Volume[];
  find(name: string): Volume | undefined;
  /** Throws `not-found`: `get NAME: no such volume`. */
  get(name: string): Volume;
  /** Like `get`, with what its driver tells of it; finds also what only a plugin knows. */
  inspect(name: string): Promise<Volume>;
  /** All there are, also what only plugins know; a plugin that does not answer costs a warning. */
  survey(): Promise<{ volumes: Volume[]; warnings: string[] }>;
  /** `usedBy` = ids of containers that have it. Throws `conflict`: `remove NAME: volume is in use - [ids]`. */
  remove(name: string, options: { force?: boolean; usedBy: readonly string[] }): Promise<void>;
  /** Only plain directories, as Docker: what is mounted from elsewhere and what plugins hold stays. */
  prune(options: {
    all: boolean;
    isUsed: (name: string) => boolean;
    filter?: (volume: Volume) => boolean;
  }): Promise<{ removed: string[]; freed: number }>;
  /** Directory to bind into a container; mounts what has to be mounted for its first user. */
  acquire(name: string, user: string): Promise<string>;
  release(name: string, user: string): Promise<void>;
  /** After a start of the engine, when those that still use volumes have acquired them: gives back what plugins hold for others. */
  releaseForgotten(): Promise<void>;
  /** Copies an image directory's content, owners, modes and xattrs into a volume, or a part of one, that is still empty (Docker's copy-up). */
  populate(name: string, source: string, subpath?: string): Promise<void>;
  /** Bytes that volumes need on disk, as du(1) tells; 0 for those that are not there. */
  usage(names: readonly string[]): Promise<number[]>;
  /** Names of the drivers there are. */
  drivers(): string[];
}

/** Whether a volume is a directory of the engine's own: those alone are measured and pruned. */
export const isPlain = ({ driver, options }: Volume): boolean =>
  driver === 'local' && Object.keys(options).length === 0;
