import type { Place } from '../load/tree.ts';

export interface ServicePort {
  readonly target: number;
  /** A port or a range; absent = an ephemeral one. */
  readonly published?: string;
  readonly hostIp?: string;
  readonly protocol: string;
  readonly name?: string;
  /** `ingress` or `host`: the same on one machine. */
  readonly mode?: string;
  readonly appProtocol?: string;
}

export interface ServiceVolume {
  readonly type: string;
  readonly source?: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly createHostPath: boolean;
  readonly propagation?: string;
  /** Of what is mounted below the source. */
  readonly recursive?: 'enabled' | 'disabled' | 'writable' | 'readonly';
  readonly selinux?: 'z' | 'Z';
  readonly consistency?: string;
  readonly noCopy: boolean;
  /** Of an anonymous volume. */
  readonly volumeLabels: Readonly<Record<string, string>>;
  /** Within a volume, or within the image of an image mount. */
  readonly subpath?: string;
  readonly tmpfsSize?: number;
  readonly tmpfsMode?: number;
  readonly place: Place;
}

export type DependencyCondition =
  | 'service_started'
  | 'service_healthy'
  | 'service_completed_successfully'
  /** Our own: a port that the service exposes or publishes takes connections. */
  | 'service_listening';

export interface Dependency {
  readonly condition: DependencyCondition;
  readonly restart: boolean;
  readonly required: boolean;
  readonly place: Place;
}

export interface ServiceNetwork {
  readonly aliases: readonly string[];
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly linkLocalIps: readonly string[];
  readonly mac?: string;
  readonly interfaceName?: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly gatewayPriority?: number;
  readonly place: Place;
}

export interface Healthcheck {
  readonly test?: readonly string[];
  readonly interval?: number;
  readonly timeout?: number;
  readonly startPeriod?: number;
  readonly startInterval?: number;
  readonly retries?: number;
  readonly disable: boolean;
}

export interface FileReference {
  readonly source: string;
  readonly target?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly mode?: number;
  readonly place: Place;
}

/** Limits of reads and writes of block devices. */
export interface BlockIo {
  readonly weight?: number;
  readonly weightDevice: readonly { readonly path: string; readonly weight: number }[];
  readonly readBps: readonly DeviceRate[];
  readonly writeBps: readonly DeviceRate[];
  readonly readIops: readonly DeviceRate[];
  readonly writeIops: readonly DeviceRate[];
}

export interface DeviceRate {
  readonly path: string;
  /** per second: bytes, or operations */
  readonly rate: number;
}

/** A program that takes the place of a service's containers. */
export interface Provider {
  readonly type: string;
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly place: Place;
}

/** The variables that tell a service about a model. */
export interface ServiceModel {
  readonly endpointVariable?: string;
  readonly modelVariable?: string;
  readonly place: Place;
}

/** Windows accounts of a container. */
export interface CredentialSpec {
  readonly config?: string;
  readonly file?: string;
  readonly registry?: string;
  readonly place: Place;
}
