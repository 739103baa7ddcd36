import type { AuthConfig } from '../../wire/image.ts';
import type { AgentSource } from './agents.ts';
import type { Output } from './outputs.ts';

/** What is to be built and how, as flags and Compose files say it. Paths are absolute. */
export interface BuildSpec {
  readonly tags: readonly string[];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly target?: string | undefined;
  readonly platforms: readonly string[];
  readonly noCache: boolean;
  /** Stages that are built anew. */
  readonly noCacheFilter: readonly string[];
  readonly pull: boolean;
  /** `default`, `none`, `host`, or a network. */
  readonly network?: string | undefined;
  /** `name:address` */
  readonly extraHosts: readonly string[];
  readonly shmSize?: number | undefined;
  /** `nofile=1024:2048` */
  readonly ulimits: readonly string[];
  readonly cgroupParent?: string | undefined;
  /** Limits of each step by BuildKit's names, such as `memory` in bytes. */
  readonly limits: Readonly<Record<string, string | number | undefined>>;
  /** What steps may do that could harm the machine. */
  readonly allow: readonly string[];
  /** `type=…,…` of `--attest` */
  readonly attests: readonly string[];
  /** Of `--annotation`. */
  readonly annotations: readonly string[];
  readonly outputs: readonly Output[];
  readonly push: boolean;
  readonly load?: boolean | undefined;
  /** Of `--cache-from` and `--cache-to`. */
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  /** Named contexts: directories, URLs, `docker-image://…`, `oci-layout://…`. */
  readonly contexts: Readonly<Record<string, string>>;
  /** Contents in base64, by id. */
  readonly secrets: Readonly<Record<string, string>>;
  /** By id. */
  readonly agents: Readonly<Record<string, AgentSource>>;
  readonly credentials: Readonly<Record<string, AuthConfig>>;
  /** What is asked about the Dockerfile in the place of a build: `lint`, `outline`, `targets`. */
  readonly request?: string | undefined;
  /** What is built, to compare it with earlier builds of it; default: the first tag, else the directory. */
  readonly lineage?: string | undefined;
}
