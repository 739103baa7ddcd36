import type { EndpointSettings } from '../../wire/network.ts';
import { defined } from '../model/read.ts';
import type { Project, Service, ServiceNetwork } from '../model/types.ts';
import { type InstanceOptions, namespaceMode } from './instance.ts';

/** Networks of a service, the one with the highest priority first. */
function networksOf(service: Service): [string, ServiceNetwork | undefined][] {
  if (service.networks.size === 0) return [['default', undefined]];
  return [...service.networks].toSorted(([, a], [, b]) => b.priority - a.priority);
}

/** The first network of a service, which the container starts in. */
export function networkMode(project: Project, service: Service, options: InstanceOptions): string {
  if (service.networkMode !== undefined) return namespaceMode(service.networkMode, options) ?? '';
  const [first = 'default'] = networksOf(service)[0] ?? [];
  return project.networks.get(first)?.name ?? first;
}

/** What a container is in each of its networks, by their names. */
export function endpoints(
  project: Project,
  service: Service,
  options: InstanceOptions,
): Record<string, EndpointSettings> {
  if (service.networkMode !== undefined) return {};
  return Object.fromEntries(
    networksOf(service).map(([key, network]) => [
      project.networks.get(key)?.name ?? key,
      defined<EndpointSettings>({
        Aliases: [...(options.oneOff ? [] : [service.name]), ...(network?.aliases ?? [])],
        Links: linksOf(service, options),
        IPAMConfig:
          network?.ipv4 === undefined && network?.ipv6 === undefined
            ? undefined
            : defined<{ IPv4Address?: string; IPv6Address?: string }>({
                IPv4Address: network.ipv4,
                IPv6Address: network.ipv6,
              }),
        MacAddress: network?.mac ?? service.macAddress,
        GwPriority: network?.gatewayPriority,
      }),
    ]),
  );
}

function linksOf(service: Service, { containerOf }: InstanceOptions): string[] | undefined {
  const own = service.links.map((link) => {
    const [name = '', alias = name] = link.split(':');
    return `${containerOf(name)}:${alias}`;
  });
  const links = [...own, ...service.externalLinks];
  return links.length > 0 ? links : undefined;
}
