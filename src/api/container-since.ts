import type { Container } from '../container/types.ts';
import type { ContainerInspect, ContainerSummary } from '../wire/container.ts';

/** What a line of the list has besides, for clients of newer versions. */
export function summarySince({ state }: Container, version: number): Pick<ContainerSummary, 'Health'> {
  if (version < 52) return {};
  const health = 'health' in state ? state.health : undefined;
  return { Health: { Status: health?.status ?? 'none', FailingStreak: health?.failingStreak ?? 0 } };
}

/** Members of `NetworkSettings` that are those of the default bridge, or never meant anything. */
const legacyNetwork = [
  'Bridge', 'HairpinMode', 'LinkLocalIPv6Address', 'LinkLocalIPv6PrefixLen', 'SecondaryIPAddresses', 'SecondaryIPv6Addresses',
  'EndpointID', 'Gateway', 'GlobalIPv6Address', 'GlobalIPv6PrefixLen', 'IPAddress', 'IPPrefixLen', 'IPv6Gateway', 'MacAddress',
]; // prettier-ignore

/** What inspect leaves out, for clients of newer versions. */
export function inspectSince(view: ContainerInspect, version: number): ContainerInspect {
  if (version < 52) return view;
  return {
    ...view,
    Config: without(view.Config, ['MacAddress']),
    HostConfig: without(view.HostConfig, ['KernelMemoryTCP']),
    NetworkSettings: without(view.NetworkSettings, legacyNetwork),
  };
}

/** The members that are left out are optional, or no client of these versions knows them. */
const without = <T extends object>(value: T, names: readonly string[]): T =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) as T;
