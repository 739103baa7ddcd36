import type { VolumeScope } from './types.ts';

/** A volume as its driver sees it. */
export interface DriverVolume {
  readonly name: string;
  /** Empty while it is not mounted. */
  readonly mountpoint: string;
  readonly createdAt?: Date;
  readonly status?: Readonly<Record<string, unknown>>;
}

export type VolumeOptions = Readonly<Record<string, string>>;

/** What keeps volumes: the engine's own directories, or a plugin. Calls on one volume come one after the other. */
export interface VolumeDriver {
  readonly name: string;
  scope(): Promise<VolumeScope>;
  /** Throws `invalid` for options that it does not take. */
  create(name: string, options: VolumeOptions): Promise<void>;
  /** Calls `forget` at the moment from which the volume is gone, before its data is deleted. */
  remove(name: string, options: VolumeOptions, forget: () => void): Promise<void>;
  /** Makes the volume usable for one more user, and returns its directory. */
  mount(name: string, user: string, options: VolumeOptions): Promise<string>;
  /** `isLast`: nobody else has it. */
  unmount(name: string, user: string, options: VolumeOptions, isLast: boolean): Promise<void>;
  /** Undefined when there is no such volume. */
  get(name: string): Promise<DriverVolume | undefined>;
  list(): Promise<DriverVolume[]>;
}
