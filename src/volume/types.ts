export interface Volume {
  readonly name: string;
  readonly driver: 'local';
  /** Directory on the host that holds its data. */
  readonly mountpoint: string;
  readonly createdAt: Date;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** Made without a name, for one container. */
  readonly anonymous: boolean;
}

export interface Volumes {
  /** Returns the existing one when name, driver and options agree; throws `conflict` otherwise. No name = anonymous. */
  create(spec: {
    name?: string;
    driver?: string;
    labels?: Readonly<Record<string, string>>;
    options?: Readonly<Record<string, string>>;
  }): Promise<Volume>;
  list(): Volume[];
  find(name: string): Volume | undefined;
  /** Throws `not-found`: `get NAME: no such volume`. */
  get(name: string): Volume;
  /** `usedBy` = ids of containers that have it. Throws `conflict`: `remove NAME: volume is in use - [ids]`. */
  remove(name: string, options: { force?: boolean; usedBy: readonly string[] }): Promise<void>;
  prune(options: {
    all: boolean;
    isUsed: (name: string) => boolean;
    filter?: (volume: Volume) => boolean;
  }): Promise<{ removed: string[]; freed: number }>;
  /** Directory to bind into a container; mounts volumes with options (tmpfs, nfs, bind) at first use. */
  acquire(name: string, user: string): Promise<string>;
  release(name: string, user: string): Promise<void>;
  /** Copies an image directory's content, owners, modes and xattrs into a volume that is still empty (Docker's copy-up). */
  populate(name: string, source: string): Promise<void>;
  /** Bytes used. */
  usage(name: string): Promise<number>;
}
