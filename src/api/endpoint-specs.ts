import { invalid } from '../lib/errors.ts';
import type { EndpointSpec } from '../network/types.ts';
import type { CreateContainerBody } from '../wire/container.ts';
import type { EndpointSettings } from '../wire/network.ts';
import { defined } from './defined.ts';

/** Modes that are no network of the engine. */
const otherModes = /^(?:host|none|container:.*)$/s;

/**
 * The networks that a new container joins: those of NetworkingConfig, else the one that the network mode names. Other modes go with
 * no network: it is told at the start that they don't.
 */
export function endpointSpecs(body: CreateContainerBody, networkMode: string): EndpointSpec[] {
  if (body.NetworkDisabled) return [];
  if (otherModes.test(networkMode))
    return Object.entries(body.NetworkingConfig?.EndpointsConfig ?? {})
      .filter(([name]) => !otherModes.test(name))
      .map(([name, settings]) => endpointSpec(networkName(name), settings ?? {}));
  const primary = networkName(networkMode);
  const given = new Map(
    Object.entries(body.NetworkingConfig?.EndpointsConfig ?? {}).map(([name, settings]) => [
      networkName(name),
      settings ?? {},
    ]),
  );
  if (!given.has(primary) && (given.size === 0 || primary !== 'bridge')) given.set(primary, {});
  const mac = body.MacAddress || undefined;
  return [...given]
    .toSorted(([left], [right]) => Number(right === primary) - Number(left === primary))
    .map(([name, settings]) =>
      endpointSpec(name, name === primary && mac !== undefined ? { MacAddress: mac, ...settings } : settings),
    );
}

/** Addresses are looked at where it is known which the network has. */
export function endpointSpec(network: string, settings: EndpointSettings): EndpointSpec {
  const { IPv4Address: ipv4, IPv6Address: ipv6, LinkLocalIPs: linkLocal } = settings.IPAMConfig ?? {};
  const mac = settings.MacAddress || undefined;
  if (mac !== undefined && !/^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(mac))
    throw invalid(`invalid config for network ${network}: invalid MAC address ${mac}`);
  return defined({
    network,
    aliases: settings.Aliases ?? undefined,
    links: settings.Links ?? undefined,
    ipv4: ipv4 || undefined,
    ipv6: ipv6 || undefined,
    mac: mac?.toLowerCase().replaceAll('-', ':'),
    gatewayPriority: settings.GwPriority || undefined,
    linkLocal: linkLocal?.length ? linkLocal : undefined,
    options: settings.DriverOpts ?? undefined,
  });
}

const networkName = (name: string): string => (name === '' || name === 'default' ? 'bridge' : name);
