import type { Client } from '../../client/client.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import type { Instance } from './instance.ts';
import { label } from './labels.ts';

/** The containers of a project as they are, by service, in the order of their numbers; one-off ones and those of hooks apart. */
export interface Observed {
  readonly byService: ReadonlyMap<string, readonly ContainerSummary[]>;
  readonly oneOffs: readonly ContainerSummary[];
  readonly hooks: readonly ContainerSummary[];
}

export async function observe(client: Client, project: string): Promise<Observed> {
  const all = await client.containers.list({
    all: true,
    filters: { label: [`${label.project}=${project}`] },
  });
  const byService = new Map<string, ContainerSummary[]>();
  for (const container of all
    .filter((item) => !isOneOff(item) && !isHook(item))
    .toSorted((a, b) => numberOf(a) - numberOf(b))) {
    const name = serviceOf(container);
    byService.set(name, [...(byService.get(name) ?? []), container]);
  }
  return { byService, oneOffs: all.filter(isOneOff), hooks: all.filter(isHook) };
}

export const serviceOf = ({ Labels }: ContainerSummary): string => Labels[label.service] ?? '';
export const numberOf = ({ Labels }: ContainerSummary): number => Number(Labels[label.number] ?? 0);
export const isOneOff = ({ Labels }: ContainerSummary): boolean => Labels[label.oneOff] === 'True';
const isHook = ({ Labels }: ContainerSummary): boolean => Labels[label.hook] !== undefined;
export const nameOf = ({ Names }: ContainerSummary): string => Names[0]?.slice(1) ?? '';
export const isUp = ({ State }: ContainerSummary): boolean =>
  State === 'running' || State === 'paused' || State === 'restarting';

export const instanceOf = (container: ContainerSummary): Instance => ({
  id: container.Id,
  name: nameOf(container),
  service: serviceOf(container),
  number: numberOf(container),
  running: isUp(container),
});

/** Containers of these services (all when none are named), one-off ones not counted. */
export function containersOf(observed: Observed, services: readonly string[]): ContainerSummary[] {
  const wanted = services.length > 0 ? services : [...observed.byService.keys()];
  return wanted.flatMap((name) => observed.byService.get(name) ?? []);
}
