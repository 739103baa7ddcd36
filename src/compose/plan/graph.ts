import { EngineError, isAbort, kindOf, messageOf } from '../../lib/errors.ts';
import { ComposeError } from '../load/compose-error.ts';
import { ChangedMeanwhile } from '../meanwhile.ts';
import { prerequisitesOf } from '../model/references.ts';
import type { Project, Service } from '../model/types.ts';

/** The services asked for and, unless `noDeps`, everything that they need. All when none are named. */
export function selectServices(
  project: Pick<Project, 'services'>,
  names: readonly string[],
  noDeps = false,
): Service[] {
  const chosen = new Set<string>();
  const add = (name: string): void => {
    const service = project.services.get(name);
    if (!service || chosen.has(name)) return;
    chosen.add(name);
    if (!noDeps) prerequisitesOf(service).forEach(add);
  };
  (names.length > 0 ? names : [...project.services.keys()]).forEach(add);
  return [...project.services.values()].filter(({ name }) => chosen.has(name));
}

/**
 * Does work for each service as soon as that of everything before it has ended well; what does not depend on each other runs side by
 * side. `reverse`: dependents first. A failure stops what depends on it; all of them are thrown as one when all has ended.
 */
export async function walkGraph(
  services: readonly Service[],
  work: (service: Service) => Promise<void>,
  options: { reverse?: boolean } = {},
): Promise<void> {
  const names = new Set(services.map(({ name }) => name));
  const forward = new Map(
    services.map((service) => [service.name, prerequisitesOf(service).filter((name) => names.has(name))]),
  );
  const before = options.reverse ? inverted(forward) : forward;
  const runs = new Map<string, Promise<void>>();
  const run = (service: Service): Promise<void> => {
    const known = runs.get(service.name);
    if (known) return known;
    const mine = Promise.resolve().then(async () => {
      await Promise.all(
        (before.get(service.name) ?? []).map((name) =>
          run(services.find((item) => item.name === name) as Service),
        ),
      );
      await work(service);
    });
    runs.set(service.name, mine);
    return mine;
  };
  const results = await Promise.allSettled(services.map(run));
  // what could not even begin has the failure that stopped it
  const failures = new Set(
    results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])),
  );
  const own = [...failures].filter((error) => !(error instanceof ChangedMeanwhile));
  if (failures.size > 0) throw together(own.length > 0 ? own : [[...failures][0]]);
}

/** One error for several: their messages, each on its lines. */
function together([first, ...others]: readonly unknown[]): unknown {
  if (others.length === 0 || isAbort(first)) return first;
  const all = [first, ...others];
  if (all.every((error) => error instanceof ComposeError))
    return new ComposeError(all.flatMap(({ problems }) => problems));
  return new EngineError(kindOf(first), all.map(messageOf).join('\n'), { cause: first });
}

function inverted(graph: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const result = new Map<string, string[]>([...graph.keys()].map((name) => [name, []]));
  for (const [name, befores] of graph) for (const before of befores) result.get(before)?.push(name);
  return result;
}
