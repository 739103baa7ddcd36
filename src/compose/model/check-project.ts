import { didYouMean } from '../../lib/suggest.ts';
import { ComposeError, type Problem } from '../load/compose-error.ts';
import type { Place } from '../load/tree.ts';
import { linkedServices } from './references.ts';
import type { Project, Service } from './types.ts';

/** What no single value shows: names that nothing has, cycles, services that nothing can run. Throws ComposeError with all of it. */
export function checkProject(project: Project): void {
  const problems = [...project.services.values()].flatMap((service) => checkService(project, service));
  problems.push(...cycleProblems(project));
  if (problems.length > 0) throw new ComposeError(problems);
}

function checkService(project: Project, service: Service): Problem[] {
  const problems: Problem[] = [];
  const fail = (place: Place, message: string): void =>
    void problems.push({ place, message: `service ${JSON.stringify(service.name)} ${message}` });
  if (service.image === undefined && service.build === undefined && !service.provider)
    fail(service.place, 'has neither an image nor a build context specified: invalid compose project');
  if (service.networkMode !== undefined && service.networks.size > 0)
    fail(service.place, 'declares mutually exclusive `network_mode` and `networks`: invalid compose project');
  if (service.containerName !== undefined && service.replicas > 1)
    fail(service.place, `has a container_name, so it can not have ${service.replicas} replicas`);
  for (const [name, { place }] of service.networks) {
    if (!project.networks.has(name))
      fail(
        place,
        `refers to undefined network ${name}${didYouMean(name, project.networks.keys())}: invalid compose project`,
      );
  }
  for (const { type, source, place } of service.volumes) {
    if (type === 'volume' && source !== undefined && !project.volumes.has(source)) {
      fail(
        place,
        `refers to undefined volume ${source}${didYouMean(source, project.volumes.keys())}: invalid compose project`,
      );
    }
  }
  for (const [kind, references, known] of [
    ['config', service.configs, project.configs],
    ['secret', service.secrets, project.secrets],
  ] as const) {
    for (const { source, place } of references)
      if (!known.has(source))
        fail(
          place,
          `refers to undefined ${kind} ${source}${didYouMean(source, known.keys())}: invalid compose project`,
        );
  }
  for (const [name, { place, required }] of service.dependsOn) {
    if (project.services.has(name)) continue;
    const profiles = project.disabled.get(name)?.profiles;
    if (!required && profiles) continue;
    const hint = profiles
      ? ` (it is in the profile ${profiles.join(', ')}, which is not enabled)`
      : didYouMean(name, project.services.keys());
    fail(place, `depends on undefined service ${JSON.stringify(name)}${hint}: invalid compose project`);
  }
  for (const name of linkedServices(service)) {
    if (!project.services.has(name) && !project.disabled.has(name))
      fail(
        service.place,
        `refers to undefined service ${JSON.stringify(name)}${didYouMean(name, project.services.keys())}: invalid compose project`,
      );
  }
  return problems;
}

function cycleProblems(project: Project): Problem[] {
  const done = new Set<string>();
  const walk = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    const service = project.services.get(name);
    if (!service || done.has(name)) return undefined;
    for (const next of [...service.dependsOn.keys(), ...linkedServices(service)]) {
      const cycle = walk(next, [...path, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const [name, service] of project.services) {
    const cycle = walk(name, []);
    if (cycle)
      return [
        {
          place: project.services.get(cycle[0] ?? name)?.place ?? service.place,
          message: `dependency cycle detected: ${cycle.join(' -> ')}`,
        },
      ];
  }
  return [];
}
