import { readFileSync } from 'node:fs';
import { isIP, isIPv4 } from 'node:net';
import type { ContainerDefaults } from '../container/context.ts';
import { invalid, messageOf } from '../lib/errors.ts';
import type { DefaultBridgeSettings } from '../network/default-networks.ts';
import type { ConfigFile } from './config-file.ts';

/** What containers get whose clients say nothing of it. */
export function containerDefaults(file: ConfigFile): ContainerDefaults {
  const ulimits = Object.entries(file['default-ulimits'] ?? {});
  const ipcMode = oneOf('default-ipc-mode', file['default-ipc-mode'], ['private', 'shareable']);
  const cgroupnsMode = oneOf('default-cgroupns-mode', file['default-cgroupns-mode'], ['private', 'host']);
  const seccompProfile = seccomp(file['seccomp-profile']);
  return {
    ...(ulimits.length > 0 && {
      ulimits: ulimits.map(([name, { Soft: soft, Hard: hard }]) => ({ name, soft, hard })),
    }),
    ...(ipcMode !== undefined && { ipcMode }),
    ...(cgroupnsMode !== undefined && { cgroupnsMode }),
    ...(file.init && { init: true }),
    ...(file['no-new-privileges'] && { noNewPrivileges: true }),
    ...(seccompProfile !== undefined && { seccompProfile }),
  };
}

/** The network that containers are in when they name none. */
export function defaultBridge(flags: { readonly bip?: string }, file: ConfigFile): DefaultBridgeSettings {
  const { icc, ip, mtu, 'ip-masq': ipMasq, 'fixed-cidr': fixedCidr } = file;
  const bip = flags.bip ?? file.bip;
  if (ip !== undefined && !isIPv4(ip)) throw invalid(`ip: want an IPv4 address, got ${JSON.stringify(ip)}`);
  if (mtu !== undefined && (mtu < 68 || mtu > 65_535))
    throw invalid(`mtu: must be between 68 and 65535, got ${mtu}`);
  const hostGateways = gateways(file);
  return {
    ...(hostGateways.length > 0 && { hostGateways }),
    ...(bip !== undefined && { bip }),
    ...(fixedCidr !== undefined && { fixedCidr }),
    ...(ip !== undefined && { ip }),
    ...(icc !== undefined && { icc }),
    ...(ipMasq !== undefined && { ipMasq }),
    ...(mtu !== undefined && { mtu }),
  };
}

function gateways({ 'host-gateway-ip': one, 'host-gateway-ips': several = [] }: ConfigFile): string[] {
  const addresses = [...(one ? [one] : []), ...several];
  const bad = addresses.find((address) => isIP(address) === 0);
  if (bad !== undefined) throw invalid(`host-gateway-ips: want IP addresses, got ${JSON.stringify(bad)}`);
  return addresses;
}

const proxyKeys = ['http-proxy', 'https-proxy', 'no-proxy'] as const;

/** As variables, in both spellings: either may be set in the environment. */
export function proxies(file: ConfigFile): Record<string, string> {
  const unknown = Object.keys(file.proxies ?? {}).find((key) => !proxyKeys.some((known) => known === key));
  if (unknown !== undefined) throw invalid(`proxies: unknown key ${unknown}: want ${proxyKeys.join(', ')}`);
  return Object.fromEntries(
    proxyKeys.flatMap((key) => {
      const value = file[key] ?? file.proxies?.[key];
      const name = key.replace('-', '_');
      return value === undefined
        ? []
        : [
            [name, value],
            [name.toUpperCase(), value],
          ];
    }),
  );
}

function oneOf(key: string, value: string | undefined, allowed: readonly string[]): string | undefined {
  if (value === undefined || allowed.includes(value)) return value;
  throw invalid(`${key}: want ${allowed.join(' or ')}, got ${JSON.stringify(value)}`);
}

/** The profile itself: containers keep the one that they were made with. */
function seccomp(path: string | undefined): string | undefined {
  if (path === undefined || ['', 'builtin', 'default'].includes(path)) return undefined;
  if (path === 'unconfined') return path;
  try {
    const text = readFileSync(path, 'utf8');
    JSON.parse(text);
    return text;
  } catch (error) {
    throw invalid(`seccomp-profile: ${path}: ${messageOf(error)}`, error);
  }
}
