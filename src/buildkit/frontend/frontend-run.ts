import type { SourcePolicy } from '../../build/policy/source-policy.ts';
import type { BuildEvent } from '../../build/types.ts';
import type { CacheRequest } from '../cache/cache-options.ts';
import type { BuildKitContext } from '../context.ts';
import type { Definition } from '../message-types.ts';
import type { Peer } from '../peer.ts';
import type { ResultPart } from '../result.ts';
import type { BuildTeller } from '../status/tell-build.ts';
import type { ClientDockerfile } from './local-context.ts';

/** One run of the Dockerfile frontend for a client: who asked, who is told, what it may use. */
export interface FrontendRun {
  readonly context: BuildKitContext;
  readonly peer: Peer;
  readonly teller: BuildTeller;
  readonly signal: AbortSignal;
  /** Told what the builder does, as it tells it; `platform` where there are several. */
  readonly onEvent?: ((event: BuildEvent, platform: string | undefined) => void) | undefined;
  /** Told of the Dockerfile as soon as it was read. */
  readonly onDockerfile?: ((dockerfile: ClientDockerfile) => void) | undefined;
  /** Under which the build is on record. */
  readonly id: string;
  /** The first name that the result gets; '' = none. */
  readonly lineage: string;
  readonly caches: CacheRequest;
  /** Keeps what a failed step left; default true. */
  readonly keepFailed?: boolean;
  /** What the client allows steps to do. */
  readonly entitlements: readonly string[];
  /** What may be read, and what is read instead. */
  readonly policy?: SourcePolicy | undefined;
  /** Graphs that the client gave names to. */
  readonly inputs: Readonly<Record<string, Definition>>;
  /** The result of a build by its name. */
  readonly results: (name: string) => ResultPart;
}
