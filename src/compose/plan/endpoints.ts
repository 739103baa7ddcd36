import type { EndpointSettings } from '../../wire/network.ts';
import { defined } from '../model/read.ts';
import type { Project, Service, ServiceNetwork } from '../model/types.ts';
import type { InstanceOptions } from './instance.ts';
import { containerName, separatorOf } from './names.ts';

/** Networks of a service by their keys, the one with the highest priority first. */
export function networksOf(service: Service): [string, ServiceNetwork | undefined][] {
  if (service.networkMode !== undefined) return [];
  if (service.networks.size === 0) return [['default', undefined]];
  return [...service.networks].toSorted(
    ([left, a], [right, b]) => b.priority - a.priority || (left < right ? -1 : 1),
  );
}

/** The first network of a service, which the container starts in. */
export function networkMode(project: Project, service: Service): string {
  if (service.networkMode !== undefined) return service.networkMode;
  const [first = 'default'] = networksOf(service)[0] ?? [];
  return project.networks.get(first)?.name ?? first;
}

/** What a container is in each of its networks, by their names. */
export function endpoints(
  project: Project,
  service: Service,
  options: InstanceOptions,
): Record<string, EndpointSettings> {
  const links = linksOf(project, service, options);
  return Object.fromEntries(
    networksOf(service).map(([key, network], index) => [
      project.networks.get(key)?.name ?? key,
      defined<EndpointSettings>({
        Aliases: aliasesOf(project, service, network, options),
        Links: links.length > 0 ? links : undefined,
        IPAMConfig: network && addressesOf(network),
        MacAddress: network?.mac ?? (index === 0 ? service.macAddress : undefined),
        DriverOpts: network && driverOptions(network),
        GwPriority: network?.gatewayPriority,
      }),
    ]),
  );
}

function aliasesOf(
  project: Project,
  service: Service,
  network: ServiceNetwork | undefined,
  { oneOff, number = 0 }: InstanceOptions,
): string[] {
  const own = oneOff?.name ?? containerName(project, service, number);
  return oneOff && !oneOff.useAliases ? [own] : [own, service.name, ...(network?.aliases ?? [])];
}

function addressesOf({ ipv4, ipv6, linkLocalIps }: ServiceNetwork): EndpointSettings['IPAMConfig'] {
  if (ipv4 === undefined && ipv6 === undefined && linkLocalIps.length === 0) return undefined;
  return defined<NonNullable<EndpointSettings['IPAMConfig']>>({
    IPv4Address: ipv4,
    IPv6Address: ipv6,
    LinkLocalIPs: linkLocalIps.length > 0 ? [...linkLocalIps] : undefined,
  });
}

function driverOptions({
  driverOptions: given,
  interfaceName,
}: ServiceNetwork): Record<string, string> | undefined {
  if (interfaceName === undefined) return Object.keys(given).length > 0 ? { ...given } : undefined;
  return { ...given, 'com.docker.network.endpoint.ifname': interfaceName };
}

/** Each container of a linked service under the name of the link, of its number, and of its number in the project. */
export function linksOf(project: Project, service: Service, options: InstanceOptions): string[] {
  const own = service.links.flatMap((link) => {
    const [target = '', alias = target] = link.split(':');
    return options
      .containersOf(target)
      .flatMap(({ name }) => [
        `${name}:${alias}`,
        `${name}:${target}${separatorOf(project)}${options.number ?? 1}`,
        `${name}:${[project.name, target, options.number ?? 1].join(separatorOf(project))}`,
      ]);
  });
  const external = service.externalLinks.map((link) => {
    const [name = '', alias = name] = link.split(':');
    return `${name}:${alias}`;
  });
  return [...own, ...external];
}
