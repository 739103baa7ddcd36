/** A device that a service reserves, by what it can do: the engine's DeviceRequest. */
export interface DeviceRequest {
  readonly driver?: string;
  /** -1 = all of them; absent where ids are given. */
  readonly count?: number;
  readonly deviceIds: readonly string[];
  readonly capabilities: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

export interface ResourceLimits {
  readonly cpus?: number;
  /** bytes */
  readonly memory?: number;
  readonly pids?: number;
}

export interface ResourceReservations {
  readonly cpus?: number;
  /** bytes */
  readonly memory?: number;
  readonly devices: readonly DeviceRequest[];
  /** Resources that somebody counts by hand: kind and how many. */
  readonly genericResources: readonly { readonly kind: string; readonly value: number }[];
}

/** How containers are replaced by newer ones, or by those before. */
export interface UpdateConfig {
  /** Containers at a time; 0 = all at once. */
  readonly parallelism?: number;
  /** nanoseconds between two groups */
  readonly delay?: number;
  /** `continue`, `pause` or `rollback` */
  readonly failureAction?: string;
  /** nanoseconds to watch each new container for failures */
  readonly monitor?: number;
  readonly maxFailureRatio?: number;
  readonly order?: 'start-first' | 'stop-first';
}

export interface DeployRestartPolicy {
  readonly condition?: string;
  /** nanoseconds */
  readonly delay?: number;
  readonly maxAttempts?: number;
  /** nanoseconds */
  readonly window?: number;
}

/** What `deploy` says about a service. */
export interface Deploy {
  /** `replicated`, `global`, `replicated-job` or `global-job` */
  readonly mode?: string;
  readonly replicas?: number;
  readonly endpointMode?: string;
  /** Of the service as a whole, not of its containers. */
  readonly labels: Readonly<Record<string, string>>;
  readonly limits: ResourceLimits;
  readonly reservations: ResourceReservations;
  readonly updateConfig?: UpdateConfig;
  readonly rollbackConfig?: UpdateConfig;
  readonly restartPolicy?: DeployRestartPolicy;
  readonly placement: {
    readonly constraints: readonly string[];
    readonly preferences: readonly { readonly spread?: string }[];
    readonly maxReplicasPerNode?: number;
  };
}
