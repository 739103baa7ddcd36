import { isIP } from 'node:net';
import { invalid } from '../lib/errors.ts';
import type { EndpointSpec } from '../network/types.ts';
import type { CreateContainerBody } from '../wire/container.ts';
import type { EndpointSettings } from '../wire/network.ts';
import { defined } from './defined.ts';

/** Modes that are no network of the engine. */
const otherModes = /^(?:host|none|container:.*)$/s;

/** The networks that a new container joins: those of NetworkingConfig, else the one that the network mode names. */
export function endpointSpecs(body: CreateContainerBody, networkMode: string): EndpointSpec[] {
  if (otherModes.test(networkMode) || body.NetworkDisabled) return [];
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

export function endpointSpec(network: string, settings: EndpointSettings): EndpointSpec {
  const { IPv4Address: ipv4, IPv6Address: ipv6 } = settings.IPAMConfig ?? {};
  if (ipv4 && isIP(ipv4) !== 4) throw invalid(`invalid IPv4 address: ${ipv4}`);
  if (ipv6 && isIP(ipv6) !== 6) throw invalid(`invalid IPv6 address: ${ipv6}`);
  const mac = settings.MacAddress || undefined;
  if (mac !== undefined && !/^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(mac))
    throw invalid(`invalid config for network ${network}: invalid MAC address ${mac}`);
  const option = unsupported.find((name) => settings.DriverOpts?.[name] !== undefined);
  if (option !== undefined) throw invalid(`endpoint option ${option} is not supported by this engine`);
  return defined({
    network,
    aliases: settings.Aliases ?? undefined,
    links: settings.Links ?? undefined,
    ipv4: ipv4 || undefined,
    ipv6: ipv6 || undefined,
    mac: mac?.toLowerCase().replaceAll('-', ':'),
    gatewayPriority: settings.GwPriority || undefined,
  });
}

/** Driver options of Docker's that would be silently without effect. */
const unsupported = ['com.docker.network.endpoint.sysctls', 'com.docker.network.endpoint.ifname'];

const networkName = (name: string): string => (name === '' || name === 'default' ? 'bridge' : name);
