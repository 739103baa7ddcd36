import type { Place } from '../load/tree.ts';

export interface IpamRange {
  readonly subnet?: string;
  readonly ipRange?: string;
  readonly gateway?: string;
  /** Addresses that are taken: name → address. */
  readonly auxAddresses: Readonly<Record<string, string>>;
}

export interface ProjectNetwork {
  /** Its key in the file. */
  readonly key: string;
  /** Its name in the engine. */
  readonly name: string;
  readonly external: boolean;
  readonly driver?: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly ipam: {
    readonly driver?: string;
    readonly config: readonly IpamRange[];
    readonly options: Readonly<Record<string, string>>;
  };
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly enableIpv4?: boolean;
  readonly enableIpv6?: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly place: Place;
}

export interface ProjectVolume {
  readonly key: string;
  readonly name: string;
  readonly external: boolean;
  readonly driver?: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly place: Place;
}

/** A config or secret. */
export interface ProjectFile {
  readonly key: string;
  readonly name: string;
  readonly external: boolean;
  readonly file?: string;
  readonly content?: string;
  readonly environment?: string;
  /** What that variable is, where it is not one of the project. */
  readonly variable?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly driver?: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly templateDriver?: string;
  readonly place: Place;
}

/** A language model that services use. */
export interface ProjectModel {
  readonly key: string;
  readonly name: string;
  readonly model: string;
  readonly contextSize?: number;
  readonly runtimeFlags: readonly string[];
  readonly place: Place;
}
