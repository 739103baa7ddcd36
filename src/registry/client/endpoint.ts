import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { invalid } from '../../lib/errors.ts';
import type { RegistryAuth, RegistrySettings } from './types.ts';

/** A host that serves the distribution protocol for a domain: the registry itself or a mirror of it. */
export interface Endpoint {
  /** `host` or `host:port`. */
  readonly host: string;
  /** Tried in this order. */
  readonly schemes: readonly ('https' | 'http')[];
  /** Whether certificates are checked. */
  readonly verify: boolean;
  /** Put before repository paths, with its slash; empty for most. */
  readonly prefix: string;
  readonly mirror: boolean;
  /** Credentials from a mirror's URL. */
  readonly auth?: RegistryAuth;
}

/** Where Docker Hub answers the protocol. */
const HUB = { domain: 'docker.io', host: 'registry-1.docker.io' };
const loopback = ['127.0.0.0/8', '::1/128'];

/** The endpoints to try for a domain, in order; mirrors first, and only for pulls. */
export async function endpointsOf(
  domain: string,
  actions: 'pull' | 'push',
  settings: RegistrySettings,
): Promise<Endpoint[]> {
  const mirrors = actions === 'pull' ? (settings.mirrors?.[domain] ?? []) : [];
  const host = domain === HUB.domain ? HUB.host : domain;
  return [
    ...(await Promise.all(mirrors.map((url) => mirrorEndpoint(url, settings)))),
    { host, prefix: '', mirror: false, ...(await securityOf(host, settings)) },
  ];
}

async function mirrorEndpoint(text: string, settings: RegistrySettings): Promise<Endpoint> {
  const url = parseMirror(text);
  const security = await securityOf(url.host, settings);
  const prefix = url.pathname.replace(/^\/(v2(\/|$))?/, '').replace(/\/*$/, '');
  return {
    host: url.host,
    prefix: prefix === '' ? '' : `${prefix}/`,
    mirror: true,
    verify: security.verify,
    schemes: [url.protocol === 'http:' ? 'http' : 'https'],
    ...(url.username !== '' && {
      auth: { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) },
    }),
  };
}

/** Checks a mirror of the settings, which is a URL with an optional path. */
export function parseMirror(text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') return url;
  throw invalid(
    `invalid mirror: want http(s)://host[:port][/path], got ${JSON.stringify(text.replace(/\/\/.*@/, '//'))}`,
  );
}

async function securityOf(
  host: string,
  settings: RegistrySettings,
): Promise<Pick<Endpoint, 'schemes' | 'verify'>> {
  const insecure = await isInsecure(host, settings.insecure ?? []);
  return insecure ? { schemes: ['https', 'http'], verify: false } : { schemes: ['https'], verify: true };
}

/** Whether a host may be reached without TLS: it is listed by name, or one of its addresses lies in a listed range or is loopback. */
export async function isInsecure(host: string, listed: readonly string[]): Promise<boolean> {
  const name = hostnameOf(host);
  if (listed.includes(host) || listed.includes(name)) return true;
  if (host === HUB.host) return false;
  const ranges = rangesOf([...loopback, ...listed]);
  const addresses = isIP(name) ? [name] : await addressesOf(name);
  return addresses.some((address) => ranges.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'));
}

/** The name in `name`, `name:port`, `[address]:port`. */
export const hostnameOf = (host: string): string =>
  /^\[(.*)\](?::\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, '');

async function addressesOf(name: string): Promise<string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    return []; // the connection that follows tells what is wrong with the name
  }
}

function rangesOf(list: readonly string[]): BlockList {
  const ranges = new BlockList();
  for (const entry of list) {
    const [, address = '', bits = ''] = /^([\da-fA-F.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
    const family = isIP(address);
    if (family === 0 || Number(bits) > (family === 6 ? 128 : 32)) continue;
    ranges.addSubnet(address, Number(bits), family === 6 ? 'ipv6' : 'ipv4');
  }
  return ranges;
}
