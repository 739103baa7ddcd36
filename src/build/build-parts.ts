import type { ContentStore } from '../content/types.ts';
import type { Images } from '../image/types.ts';
import type { Registry } from '../registry/client/types.ts';
import type { ContextStore } from './context/context-store.ts';
import type { FailedSteps } from './failed/failed-steps.ts';
import type { MeasuredSizes } from './gc/measured-sizes.ts';
import type { BuildHistory } from './history/build-history.ts';
import type { BuildServices } from './ops/services.ts';
import type { Solver } from './solve/solver.ts';

/** What all builds of an engine share. */
export interface BuildParts {
  readonly services: BuildServices;
  readonly solver: Solver;
  readonly images: Images;
  readonly contexts: ContextStore;
  readonly history: BuildHistory;
  readonly failures: FailedSteps;
  readonly registry: Registry;
  readonly content: ContentStore;
  readonly sizes: MeasuredSizes;
}
