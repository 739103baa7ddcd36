import type { BuildKitContext } from '../context.ts';
import type { Compatibility } from '../control/compatibility.ts';
import type { FrontendAttributes } from '../frontend/attributes.ts';
import type { BuildResult } from '../result.ts';
import type { Peer } from '../peer.ts';
import type { BuildTeller } from '../status/tell-build.ts';
import type { TaskTeller } from '../status/tell-task.ts';

/** One of the places where a client wants the result of its build. */
export interface Output {
  readonly context: BuildKitContext;
  readonly peer: Peer;
  readonly teller: BuildTeller;
  readonly result: BuildResult;
  readonly exporter: { readonly Type: string; readonly Attrs: FrontendAttributes };
  /** Its place among the outputs of the build. */
  readonly number: number;
  /** The build's name to its client. */
  readonly ref: string;
  readonly compatibility: Compatibility;
  readonly signal: AbortSignal;
}

/** An output while something is being done for it. */
export interface OutputTask extends Output {
  readonly task: TaskTeller;
}

/** What a client is told of an output (BuildKit, exptypes). */
export type ExporterResponse = Record<string, string>;
