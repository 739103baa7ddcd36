import { ComposeError, type Problem } from '../load/compose-error.ts';
import { at } from '../load/tree.ts';
import { checkReferences } from './check-references.ts';
import { checkService } from './check-service.ts';
import { cycleProblems } from './cycles.ts';
import type { Project, Service } from './types.ts';

/** What no single value shows: names that nothing has, cycles, keys that exclude each other. Throws ComposeError with all of it. */
export function checkProject(project: Project): void {
  const problems = [
    ...[...project.services.values()].flatMap((service) => [
      ...checkService(project, service),
      ...checkReferences(project, service),
    ]),
    ...cycleProblems(project),
  ];
  if (problems.length > 0) throw new ComposeError(problems);
}

/** Two services can not have containers of one name, where both are wanted. Throws ComposeError. */
export function checkContainerNames(project: Project, services: Iterable<Service>): void {
  const taken = new Map<string, string>();
  const problems = [...services].flatMap(({ name, place, containerName }): Problem[] => {
    if (containerName === undefined) return [];
    const other = taken.get(containerName);
    taken.set(containerName, other ?? name);
    return other === undefined
      ? []
      : [
          {
            place: at(project.tree, 'services', name, 'container_name')?.place ?? place,
            message: `services.${name}: container name ${JSON.stringify(containerName)} is already in use by service ${other}`,
          },
        ];
  });
  if (problems.length > 0) throw new ComposeError(problems);
}
