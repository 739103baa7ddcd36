import { formatPlace, type Problem } from '../load/compose-error.ts';
import { at, type Place } from '../load/tree.ts';
import { prerequisitesOf } from './references.ts';
import type { Project } from './types.ts';

/** Services that wait for each other: the first circle that is found, with the place of each step. */
export function cycleProblems(project: Project): Problem[] {
  const done = new Set<string>();
  const walk = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    const service = project.services.get(name);
    if (!service || done.has(name)) return undefined;
    for (const next of prerequisitesOf(service)) {
      const cycle = walk(next, [...path, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of project.services.keys()) {
    const cycle = walk(name, []);
    if (cycle) return [cycleProblem(project, cycle)];
  }
  return [];
}

function cycleProblem(project: Project, cycle: readonly string[]): Problem {
  const steps = cycle.slice(1).map((to, index) => {
    const place = stepPlace(project, cycle[index] ?? '', to);
    return { to, place };
  });
  const [first = { place: project.tree.place }, ...others] = steps;
  const where = others.map(
    ({ to, place }, index) => `${cycle[index + 1]} -> ${to} at ${formatPlace(shortOf(place, first.place))}`,
  );
  const back = where.length === 0 ? '' : ` (${where.join(', ')})`;
  return { place: first.place, message: `dependency cycle detected: ${cycle.join(' -> ')}${back}` };
}

/** A place in the same file is told by its line alone. */
const shortOf = (place: Place, from: Place): Place =>
  place.file === from.file ? { ...place, file: place.file.split('/').at(-1) ?? place.file } : place;

/** Where a service says that it needs another one. */
const stepPlace = (project: Project, from: string, to: string): Place =>
  project.services.get(from)?.dependsOn.get(to)?.place ??
  at(project.tree, 'services', from, 'depends_on')?.place ??
  at(project.tree, 'services', from)?.place ??
  project.tree.place;
