import type { Note } from '../load/compose-error.ts';
import type { Origins } from '../load/origins.ts';
import type { MapTree, Place } from '../load/tree.ts';
import type { Deploy, DeviceRequest } from './deploy-types.ts';
import type { Hook, StartHook, WatchRule } from './lifecycle-types.ts';
import type {
  BlockIo,
  CredentialSpec,
  Dependency,
  FileReference,
  Healthcheck,
  Provider,
  ServiceModel,
  ServiceNetwork,
  ServicePort,
  ServiceVolume,
} from './part-types.ts';
import type { ProjectFile, ProjectModel, ProjectNetwork, ProjectVolume } from './resource-types.ts';

export type * from './part-types.ts';
export type * from './resource-types.ts';

/** A Compose project in its canonical form: all files merged, all short forms long, all paths absolute. */
export interface Project {
  readonly name: string;
  readonly workingDir: string;
  /** The files it was read from, absolute. */
  readonly files: readonly string[];
  /** Given by `--env-file`, absolute. */
  readonly envFiles: readonly string[];
  readonly services: ReadonlyMap<string, Service>;
  /** Services left out by their profiles. */
  readonly disabled: ReadonlyMap<string, Service>;
  readonly networks: ReadonlyMap<string, ProjectNetwork>;
  readonly volumes: ReadonlyMap<string, ProjectVolume>;
  readonly configs: ReadonlyMap<string, ProjectFile>;
  readonly secrets: ReadonlyMap<string, ProjectFile>;
  readonly models: ReadonlyMap<string, ProjectModel>;
  /** What variables in the files were taken from: the shell over `.env`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that tell every container of proxies, beside those that it has; `NAME=value`. */
  readonly proxies?: (own: readonly string[]) => readonly string[];
  readonly warnings: readonly string[];
  /** What Compose itself is silent about, with its place. */
  readonly notes: readonly Note[];
  readonly origins: Origins;
  /** All of it as it stands in the files, merged, in long form and with what Compose fills in: what `config` prints. */
  readonly tree: MapTree;
}

export interface Build {
  readonly context: string;
  readonly dockerfile?: string;
  readonly dockerfileInline?: string;
  readonly args: Readonly<Record<string, string | null>>;
  readonly target?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly network?: string;
  readonly noCache: boolean;
  readonly pull: boolean;
  readonly shmSize?: number;
  readonly extraHosts: readonly string[];
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  readonly tags: readonly string[];
  readonly platforms: readonly string[];
  /** Named contexts: directories, URLs, images, and results of other services (`service:NAME`). */
  readonly contexts: Readonly<Record<string, string>>;
  /** Secrets of the project by the ids under which the build asks for them. */
  readonly secrets: readonly { readonly id: string; readonly source: string }[];
  /** Agents; without a path the one of the user. */
  readonly ssh: readonly { readonly id: string; readonly path?: string }[];
  /** `nofile=1024:2048` */
  readonly ulimits: readonly string[];
  readonly entitlements: readonly string[];
  readonly privileged: boolean;
  readonly isolation?: string;
  /** `true`, `false`, or parameters such as `mode=max`. */
  readonly provenance?: string;
  readonly sbom?: string;
}

export interface Service {
  readonly name: string;
  readonly place: Place;
  readonly image?: string;
  readonly build?: Build;
  readonly containerName?: string;
  /** undefined = the image's; [] = cleared. */
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that it is not to have, whatever its image says. */
  readonly unsetVariables: readonly string[];
  readonly ports: readonly ServicePort[];
  readonly expose: readonly string[];
  readonly volumes: readonly ServiceVolume[];
  readonly volumesFrom: readonly string[];
  readonly tmpfs: readonly string[];
  readonly networks: ReadonlyMap<string, ServiceNetwork>;
  readonly networkMode?: string;
  readonly links: readonly string[];
  readonly externalLinks: readonly string[];
  readonly dependsOn: ReadonlyMap<string, Dependency>;
  readonly healthcheck?: Healthcheck;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly profiles: readonly string[];
  readonly configs: readonly FileReference[];
  readonly secrets: readonly FileReference[];
  readonly deploy?: Deploy;
  readonly watch: readonly WatchRule[];
  readonly preStart: readonly StartHook[];
  readonly postStart: readonly Hook[];
  readonly preStop: readonly Hook[];
  readonly provider?: Provider;
  readonly models: ReadonlyMap<string, ServiceModel>;
  readonly gpus: readonly DeviceRequest[];
  readonly blockIo?: BlockIo;
  readonly credentialSpec?: CredentialSpec;
  readonly isolation?: string;
  readonly useApiSocket: boolean;
  /** How many containers. */
  readonly replicas: number;
  readonly restart?: string;
  readonly pullPolicy?: string;
  readonly platform?: string;
  readonly workingDir?: string;
  readonly user?: string;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly macAddress?: string;
  readonly tty: boolean;
  readonly stdinOpen: boolean;
  readonly init?: boolean;
  readonly privileged: boolean;
  readonly readOnly: boolean;
  readonly attach: boolean;
  readonly stopSignal?: string;
  /** nanoseconds */
  readonly stopGracePeriod?: number;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly extraHosts: readonly string[];
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly groupAdd: readonly string[];
  readonly securityOpt: readonly string[];
  readonly devices: readonly string[];
  readonly deviceCgroupRules: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly ulimits: Readonly<Record<string, { soft: number; hard: number }>>;
  readonly logging?: { readonly driver?: string; readonly options: Readonly<Record<string, string>> };
  readonly ipc?: string;
  readonly pid?: string;
  readonly uts?: string;
  readonly usernsMode?: string;
  readonly cgroup?: string;
  readonly cgroupParent?: string;
  readonly runtime?: string;
  readonly shmSize?: number;
  readonly oomScoreAdj?: number;
  readonly oomKillDisable: boolean;
  readonly memoryLimit?: number;
  readonly memoryReservation?: number;
  readonly memorySwap?: number;
  readonly memorySwappiness?: number;
  readonly cpus?: number;
  readonly cpuShares?: number;
  readonly cpuQuota?: number;
  readonly cpuPeriod?: number;
  /** microseconds */
  readonly cpuRealtimePeriod?: number;
  readonly cpuRealtimeRuntime?: number;
  readonly cpuCount?: number;
  readonly cpuPercent?: number;
  readonly cpuset?: string;
  readonly pidsLimit?: number;
  readonly storageOpt: Readonly<Record<string, string>>;
}
