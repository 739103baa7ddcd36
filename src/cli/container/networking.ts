import { isIP } from 'node:net';
import { invalid } from '../../lib/errors.ts';
import type { EndpointSettings } from '../../wire/network.ts';
import { checked, given, list, text, type Values } from '../flags.ts';
import { keyValues } from '../key-values.ts';

const network = checked(list('Connect a container to a network', undefined, 'network'), parseNetwork);
const alias = list('Add network-scoped alias for the container');
const dnsOption = list('Set DNS options');

/** Flags that say to which networks a container belongs, and as what. */
export const networkFlags = {
  'add-host': checked(list('Add a custom host-to-IP mapping (host:ip)'), parseHostEntry),
  dns: checked(list('Set custom DNS servers'), checkAddress),
  'dns-opt': { ...dnsOption, hidden: true },
  'dns-option': dnsOption,
  'dns-search': list('Set custom DNS search domains'),
  ip: text('IPv4 address (e.g., 172.30.100.104)'),
  ip6: text('IPv6 address (e.g., 2001:db8::33)'),
  link: list('Add link to another container'),
  'link-local-ip': list('Container IPv4/IPv6 link-local addresses'),
  'mac-address': text('Container MAC address (e.g., 92:d0:c6:0a:29:33)'),
  network,
  net: { ...network, hidden: true },
  'network-alias': alias,
  'net-alias': { ...alias, hidden: true },
} as const;

type NetworkValues = Values<typeof networkFlags>;

export interface Networking {
  /** The API's `NetworkMode`: the first network. */
  readonly mode: string;
  readonly endpoints: Record<string, EndpointSettings>;
}

/** What the network flags mean: flags like `--ip` belong to the first network. */
export function networking(flags: NetworkValues): Networking {
  const specs = [...flags.network, ...flags.net].map(parseNetwork);
  const mode = specs[0]?.name ?? 'default';
  const twice = specs.find(({ name }, index) => specs.findIndex((other) => other.name === name) < index);
  if (twice) throw invalid(`network ${JSON.stringify(twice.name)} is specified multiple times`);
  const first = firstEndpoint(flags, mode);
  if (specs.length === 0) return { mode, endpoints: isEmpty(first) ? {} : { default: first } };
  const endpoints = Object.fromEntries(
    specs.map(({ name, settings }, index) => [name, index === 0 ? { ...settings, ...first } : settings]),
  );
  return { mode, endpoints: specs.length === 1 && isEmpty(endpoints[mode] ?? {}) ? {} : endpoints };
}

function firstEndpoint(flags: NetworkValues, mode: string): EndpointSettings {
  const aliases = [...flags['network-alias'], ...flags['net-alias']];
  if (aliases.length > 0 && !isUserDefined(mode))
    throw invalid('network-scoped aliases are only supported for user-defined networks');
  const mac = flags['mac-address'];
  if (mac !== undefined && !/^[\da-f]{2}([:-][\da-f]{2}){5}$/i.test(mac))
    throw invalid(`${mac} is not a valid mac address`);
  const addresses = {
    ...given('IPv4Address', flags.ip),
    ...given('IPv6Address', flags.ip6),
    ...(flags['link-local-ip'].length > 0 && { LinkLocalIPs: [...flags['link-local-ip']] }),
  };
  return {
    ...(aliases.length > 0 && { Aliases: aliases }),
    ...(!isEmpty(addresses) && { IPAMConfig: addresses }),
    ...given('MacAddress', mac),
  };
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

const isUserDefined = (mode: string): boolean =>
  !['default', 'bridge', 'host', 'none'].includes(mode) && !mode.startsWith('container:');

/** A name, or `name=…,alias=…,ip=…`. */
function parseNetwork(spec: string): { name: string; settings: EndpointSettings } {
  if (!spec.includes('=')) return { name: spec, settings: {} };
  const settings: EndpointSettings = {};
  let name = '';
  for (const part of spec.split(',')) {
    const [key = '', value] = part.split(/=(.*)/s);
    if (value === undefined) throw invalid(`invalid field ${part}`);
    if (key === 'name') name = value;
    else setOption(settings, key, value);
  }
  if (name === '') throw invalid('network name/id is not specified');
  return { name, settings };
}

function setOption(settings: EndpointSettings, key: string, value: string): void {
  if (key === 'alias') (settings.Aliases ??= []).push(value);
  else if (key === 'ip') settings.IPAMConfig = { ...settings.IPAMConfig, IPv4Address: value };
  else if (key === 'ip6') settings.IPAMConfig = { ...settings.IPAMConfig, IPv6Address: value };
  else if (key === 'link-local-ip')
    settings.IPAMConfig = {
      ...settings.IPAMConfig,
      LinkLocalIPs: [...(settings.IPAMConfig?.LinkLocalIPs ?? []), value],
    };
  else if (key === 'mac-address') settings.MacAddress = value;
  else if (key === 'gw-priority') settings.GwPriority = priorityOf(value);
  else if (key === 'driver-opt') settings.DriverOpts = { ...settings.DriverOpts, ...keyValues([value]) };
  else throw invalid(`invalid field key ${key}`);
}

function priorityOf(value: string): number {
  if (!/^[-+]?\d+$/.test(value)) throw invalid(`invalid gw-priority (${value}): invalid syntax`);
  return Number(value);
}

/** `host:ip` or `host=ip`; the ip may stand in brackets, or be `host-gateway`. Returns it as `host:ip`. */
export function parseHostEntry(spec: string): string {
  const [, host = '', bracketed = ''] = /^([^:=]*)[:=](.*)$/s.exec(spec) ?? [];
  if (host === '') throw invalid(`bad format for add-host: ${JSON.stringify(spec)}`);
  const ip = bracketed.replace(/^\[(.*)\]$/, '$1');
  if (ip !== 'host-gateway' && isIP(ip) === 0)
    throw invalid(`invalid IP address in add-host: ${JSON.stringify(ip)}`);
  return `${host}:${ip}`;
}

function checkAddress(text: string): void {
  if (isIP(text) === 0) throw invalid(`IP address is not correctly formatted: ${text}`);
}
