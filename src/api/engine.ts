import type { Builder } from '../build/types.ts';
import type { BuildKit } from '../buildkit/serve-buildkit.ts';
import type { Containers } from '../container/types.ts';
import type { EventBus } from '../events/types.ts';
import type { Images, RegistryAuth } from '../image/types.ts';
import type { Logger } from '../lib/log.ts';
import type { Networks } from '../network/types.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { Volumes } from '../volume/types.ts';

/** What does not change while an engine runs. */
export interface EngineFacts {
  readonly version: string;
  /** Stable over restarts of one data root. */
  readonly id: string;
  readonly name: string;
  readonly startedAt: Date;
  readonly dataRoot: string;
  /** Where build contexts are unpacked. */
  readonly contextsDir: string;
  readonly labels: readonly string[];
  readonly runtime: { readonly name: string; readonly version: string; readonly path: string };
  readonly monitorVersion: string;
  readonly cgroupVersion: 1 | 2;
  readonly registryMirrors: readonly string[];
  readonly insecureRegistries: readonly string[];
  /** Of containers that name none; absent = the engine's own log. */
  readonly logDriver?: string;
  readonly addressPools?: readonly { readonly base: string; readonly size: number }[];
  readonly debug: boolean;
  readonly experimental: boolean;
  readonly features: Readonly<Record<string, boolean>>;
  /** The way to registries: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, without passwords. */
  readonly proxies?: Readonly<Record<string, string>>;
  /** The seccomp profile of containers that name none. */
  readonly seccompProfile?: 'builtin' | 'unconfined' | 'custom';
  /** Hosts listened on that let everybody in. */
  readonly unguarded: readonly string[];
}

/** A registry, as far as the API asks it by itself. */
export interface RegistryProbe {
  /** Checks credentials against a registry; throws `unauthorized`. Returns an identity token when the registry gives one. */
  login(server: string, auth: RegistryAuth): Promise<{ identityToken: string }>;
  inspect(
    reference: Reference,
    options: { auth?: RegistryAuth; signal: AbortSignal },
  ): Promise<{ descriptor: Descriptor; platforms: readonly Platform[] }>;
  search(
    term: string,
    options: { limit: number; auth?: RegistryAuth; signal: AbortSignal },
  ): Promise<Readonly<Record<string, unknown>>[]>;
  tags(reference: Reference, options: { auth?: RegistryAuth; signal: AbortSignal }): Promise<string[]>;
}

/** The running engine as the API edge sees it. */
export interface Engine {
  readonly facts: EngineFacts;
  readonly containers: Containers;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly events: EventBus;
  readonly logger: Logger;
  /** Loaded at first use: an engine that only runs containers stays small. */
  builder(): Promise<Builder>;
  buildKit(): Promise<BuildKit>;
  registry(): Promise<RegistryProbe>;
  /** Where an image's layers lie, for `GraphDriver` of inspect; undefined when a layer is gone. */
  layerDirs(diffIds: readonly string[]): string[] | undefined;
  /** Where a container's writable layer lies; undefined when it has none. */
  snapshotDirs(containerId: string): { upper: string; work: string; merged: string } | undefined;
  /** Bytes of an extracted layer, 0 when it is gone. */
  layerSize(diffId: string): number;
}
