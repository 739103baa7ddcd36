import type { ContainerSummary } from '../wire/container.ts';
import { allOf } from './meanwhile.ts';
import type { Project, Service } from './model/types.ts';
import { imageName } from './plan/names.ts';
import { instanceOf, isUp, nameOf, type Observed, serviceOf } from './plan/observe.ts';
import { ignoreGone, stopInstances } from './stop.ts';
import { step, type Work } from './work.ts';

/** Containers that carry the project's name and whose service the files don't know, and one-off ones that have ended. */
export function orphansOf(project: Project, observed: Observed): ContainerSummary[] {
  const strangers = [...observed.byService]
    .filter(([name]) => !project.services.has(name) && !project.disabled.has(name))
    .flatMap(([, items]) => items);
  return [
    ...strangers,
    ...observed.oneOffs.filter((container) => !isUp(container) && container.State !== 'created'),
  ];
}

/** Removes orphans, or tells about them and what they may have been. */
export async function handleOrphans(
  work: Work,
  observed: Observed,
  { remove = false, ignore = false }: { readonly remove?: boolean; readonly ignore?: boolean },
): Promise<void> {
  const orphans = ignore ? [] : orphansOf(work.project, observed);
  if (orphans.length === 0) return;
  if (remove) return removeContainers(work, orphans, {});
  const names = orphans.map(nameOf);
  work.report({
    kind: 'Project',
    name: work.project.name,
    status: `Found orphan containers ([${names.join(' ')}]) for this project. If you removed or renamed this service in your compose file, you can run this command with the --remove-orphans flag to clean it up.`,
    state: 'warning',
  });
  for (const [current, former] of renamedServices(work.project, observed, orphans))
    work.report({
      kind: 'Service',
      name: current,
      status: `service \`${current}\` looks like the former \`${former}\`: same image and volumes`,
      state: 'warning',
    });
}

export async function removeContainers(
  work: Work,
  containers: readonly ContainerSummary[],
  options: { readonly timeout?: number | undefined; readonly volumes?: boolean },
): Promise<void> {
  await allOf(
    containers.map(async (container) => {
      await stopInstances(work, [instanceOf(container)], options);
      await step(work, 'Container', nameOf(container), ['Removing', 'Removed'], () =>
        work.client.containers
          .remove(container.Id, { force: true, volumes: options.volumes ?? false })
          .catch(ignoreGone),
      );
    }),
  );
}

/**
 * Services without containers yet, and the orphaned services that ran the same image with the same volumes. Where several could be one,
 * nothing is known.
 */
export function renamedServices(
  project: Project,
  observed: Observed,
  orphans: readonly ContainerSummary[],
): Map<string, string> {
  const pairs = [...project.services.values()]
    .filter(({ name }) => !observed.byService.has(name))
    .flatMap((service) => {
      const alike = orphans.filter((orphan) => looksLike(project, service, orphan)).map(serviceOf);
      return [...new Set(alike)].map((former) => ({ current: service.name, former }));
    });
  const isOnly = (key: 'current' | 'former', name: string): boolean =>
    pairs.filter((pair) => pair[key] === name).length === 1;
  return new Map(
    pairs
      .filter(({ current, former }) => isOnly('current', current) && isOnly('former', former))
      .map(({ current, former }) => [current, former]),
  );
}

function looksLike(project: Project, service: Service, orphan: ContainerSummary): boolean {
  const image = service.build && service.image === undefined ? undefined : imageName(project, service);
  // what was built had the former service in its name
  const isSameImage = orphan.Image === (image ?? `${project.name}-${serviceOf(orphan)}`);
  const mounted = orphan.Mounts.map(({ Type, Name, Source, Destination }) =>
    Type === 'volume' && /^[0-9a-f]{64}$/.test(Name ?? '') ? '' : `${Name ?? Source}:${Destination}`,
  ).filter((mount) => mount !== '');
  const wanted = service.volumes
    .filter(({ source }) => source !== undefined)
    .map(({ type, source = '', target }) =>
      type === 'volume' ? `${project.volumes.get(source)?.name ?? source}:${target}` : `${source}:${target}`,
    );
  return isSameImage && mounted.toSorted().join(' ') === wanted.toSorted().join(' ');
}
