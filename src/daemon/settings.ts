import type { ContainerDefaults } from '../container/context.ts';
import type { GcSettings } from '../build/gc/types.ts';
import type { LogLevel } from '../lib/log.ts';
import type { DefaultBridgeSettings } from '../network/default-networks.ts';
import type { TlsSettings } from './tls.ts';

export interface AddressPool {
  readonly base: string;
  readonly size: number;
}

/** Everything about an engine that a user may choose; complete, with defaults in place. */
export interface Settings {
  /** Engines side by side have different names: bridges and firewall tables are named after it. */
  readonly name: string;
  readonly dataRoot: string;
  readonly runRoot: string;
  /** `unix:///path`, `tcp://address:port`, `fd://` */
  readonly hosts: readonly string[];
  /** Owner of unix sockets; absent = `docker`, where there is such a group. */
  readonly group?: string;
  /** Of TCP addresses. */
  readonly tls?: TlsSettings;
  /** Where the engine's process id is written. */
  readonly pidFile?: string;
  /** TCP addresses other than loopback may be listened on without TLS. */
  readonly allowRemote: boolean;
  readonly logLevel: LogLevel;
  readonly labels: readonly string[];
  /** Of the network that containers are in when they name none. */
  readonly defaultBridge: DefaultBridgeSettings;
  /** Driver options of new networks, by driver. */
  readonly networkOptions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly addressPools?: readonly AddressPool[];
  /** By registry domain. */
  readonly mirrors: Readonly<Record<string, readonly string[]>>;
  readonly insecureRegistries: readonly string[];
  /** Variables that override the engine's environment on the way to registries: `HTTPS_PROXY` and its like. */
  readonly proxies: Readonly<Record<string, string>>;
  readonly maxDownloads: number;
  readonly maxUploads: number;
  readonly experimental: boolean;
  readonly features: Readonly<Record<string, boolean>>;
  readonly dns: {
    readonly servers?: readonly string[];
    readonly search?: readonly string[];
    readonly options?: readonly string[];
  };
  /** Where plugins are looked for; absent = Docker's directories. */
  readonly pluginDirs?: readonly string[];
  /** Path of an OCI runtime to use instead of the best one found. */
  readonly runtimePath?: string;
  /** Of containers that name no log driver; absent = the engine's own log. */
  readonly log?: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  /** Of the log of record. */
  readonly logMaxSize?: number;
  readonly logMaxFile?: number;
  readonly defaultShmSize?: number;
  readonly containerDefaults: ContainerDefaults;
  /** How the build cache is kept small. */
  readonly buildGc: GcSettings;
  /** Settings of Docker's that mean nothing here: told once in the log. */
  readonly withoutEffect: readonly string[];
}

export const defaults = {
  name: 'lading',
  dataRoot: '/var/lib/lading',
  runRoot: '/run/lading',
} as const;

/** An engine with another name has its own roots unless they are given. */
export function defaultRoots(name: string): { dataRoot: string; runRoot: string } {
  if (name === defaults.name) return { dataRoot: defaults.dataRoot, runRoot: defaults.runRoot };
  return { dataRoot: `${defaults.dataRoot}-${name}`, runRoot: `${defaults.runRoot}-${name}` };
}
