import { formatHost, type Host } from '../client/host.ts';
import type { ConfigFile, Proxies } from './config-file.ts';

const names: Readonly<Record<keyof Proxies, string>> = {
  httpProxy: 'HTTP_PROXY',
  httpsProxy: 'HTTPS_PROXY',
  ftpProxy: 'FTP_PROXY',
  noProxy: 'NO_PROXY',
  allProxy: 'ALL_PROXY',
};

/** Build arguments for the proxies that the config file has for this engine, or for any; `given` ones come first, however they are written. */
export function proxyArgs(
  { proxies = {} }: ConfigFile,
  host: Host,
  given: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const chosen = proxiesOf(proxies, host);
  const known = new Set(Object.keys(given).map((name) => name.toUpperCase()));
  const found = Object.entries(names).map(([member, name]) => [name, chosen[member as keyof Proxies]]);
  return Object.fromEntries(found.filter(([name, value]) => value && !known.has(name ?? '')));
}

/** The same for the environment of a container, whose programs read either spelling; `given` is its own, as `NAME=value`. */
export function proxyEnvironment(
  { proxies = {} }: ConfigFile,
  host: Host,
  given: readonly string[],
): string[] {
  const known = new Set(given.map((entry) => entry.split('=', 1)[0]));
  return Object.entries(proxiesOf(proxies, host)).flatMap(([member, value]) => {
    const name = names[member as keyof Proxies];
    if (name === undefined || !value) return [];
    return [name, name.toLowerCase()].filter((form) => !known.has(form)).map((form) => `${form}=${value}`);
  });
}

const proxiesOf = (proxies: NonNullable<ConfigFile['proxies']>, host: Host): Proxies =>
  proxies[formatHost(host)] ?? proxies['default'] ?? {};
