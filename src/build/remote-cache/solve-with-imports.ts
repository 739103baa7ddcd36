import type { BuildPlan, Step, Vertex } from '../plan/types.ts';
import type { Solved, SolveOptions, Solver } from '../solve/solver.ts';
import { chooseRecords, unavailableLayer } from './choose-records.ts';
import type { ImportedCaches } from './imported-caches.ts';

/** Solves a plan with what other engines did. What can't be fetched in the end is done here: the build must not fail by a cache. */
export async function solveWithImports(
  solver: Solver,
  plan: BuildPlan,
  imported: ImportedCaches,
  options: SolveOptions,
): Promise<ReadonlyMap<Vertex, Solved>> {
  if (imported.isEmpty) return solver.solve(plan, options);
  const { operations, signal, noCache, noCacheStages = [] } = options;
  const isAnew = ({ stage }: Step): boolean =>
    noCache || noCacheStages.some((name) => name.toLowerCase() === stage.toLowerCase());
  for (;;) {
    if (imported.hasGaps)
      await chooseRecords({ plan, operations, records: solver.records, imported, isAnew, signal });
    try {
      return await solver.solve(plan, { ...options, imported });
    } catch (error) {
      const layer = unavailableLayer(error);
      if (layer === undefined) throw error;
      imported.drop(layer);
    }
  }
}
