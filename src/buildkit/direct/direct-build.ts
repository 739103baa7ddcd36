import type { BuildClient, BuildEvent, BuildRequest } from '../../build/types.ts';
import type { BuildKitContext } from '../context.ts';
import type { Jobs } from '../control/jobs.ts';
import { solve } from '../control/solve.ts';
import type { FrontendAttributes } from '../frontend/attributes.ts';
import type { ClientDockerfile } from '../frontend/local-context.ts';
import type { OptionsEntry, SolveRequest } from '../message-types.ts';
import type { TaskEvent } from '../status/tell-build.ts';
import { directPeer, type Send } from './direct-peer.ts';

/** A build for a client that says all at once, in BuildKit's words, and has directories that the engine reads itself. */
export interface DirectBuild {
  /** Under which it is on record. */
  readonly ref: string;
  readonly attributes: FrontendAttributes;
  readonly outputs: readonly OptionsEntry[];
  readonly cacheFrom: readonly OptionsEntry[];
  readonly cacheTo: readonly OptionsEntry[];
  /** What steps may do that could harm the machine. */
  readonly entitlements: readonly string[];
  /** What may be read. */
  readonly policy: SolveRequest['SourcePolicy'];
  /** What is built; '' = the first name that the result gets, else the directory. */
  readonly lineage: string;
  readonly keepFailed: boolean;
  /** Of the context; undefined when that is a URL. */
  readonly directory: string | undefined;
  readonly dockerfile: ClientDockerfile | undefined;
  /** By the names that attributes give them: those of named contexts, `oci:NAME` of image layouts, `local:NAME` of caches. */
  readonly directories: ReadonlyMap<string, string>;
  readonly client: BuildClient;
  readonly credentials: BuildRequest['credentials'];
}

export interface DirectOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: BuildEvent | TaskEvent, platform?: string) => void;
  /** Told of the Dockerfile as soon as it was read. */
  readonly onDockerfile: (dockerfile: ClientDockerfile) => void;
  readonly send: Send;
}

/** What a build came to: what its client is told of the outputs, and how it was built, by platform. */
export interface DirectResult {
  readonly response: Readonly<Record<string, string>>;
  readonly provenance: Readonly<Record<string, object>>;
  /** What was asked for in the place of a build. */
  readonly documents?: Readonly<Record<string, Buffer>>;
}

export async function buildDirectly(
  context: BuildKitContext,
  jobs: Jobs,
  asked: DirectBuild,
  { signal, send, onEvent, onDockerfile }: DirectOptions,
): Promise<DirectResult> {
  let documents: Readonly<Record<string, Buffer>> | undefined;
  const { ExporterResponse: response } = await solve(
    context,
    jobs,
    {
      Ref: asked.ref,
      Session: '',
      Definition: null,
      Frontend: 'dockerfile.v0',
      FrontendAttrs: asked.attributes,
      FrontendInputs: {},
      Exporters: [...asked.outputs],
      ExporterDeprecated: '',
      ExporterAttrsDeprecated: {},
      Cache: { Exports: [...asked.cacheTo], Imports: [...asked.cacheFrom] },
      Entitlements: [...asked.entitlements],
      Internal: 'requestid' in asked.attributes,
      ...(asked.policy && { SourcePolicy: asked.policy }),
    },
    signal,
    {
      peer: directPeer(asked, signal, send),
      lineage: asked.lineage,
      keepFailed: asked.keepFailed,
      onEvent,
      onDockerfile,
      onDocuments: (found) => void (documents = found),
    },
  );
  return { response, provenance: jobs.documents.provenanceOf(asked.ref), ...(documents && { documents }) };
}
