import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type EngineError, invalid, refused } from '../lib/errors.ts';

/**
 * How containers meet the world outside their bridge: behind the host's address (`nat`), so but with all their ports open
 * (`nat-unprotected`), with their own addresses (`routed`), or not at all, not even with an address of the host (`isolated`).
 */
export type GatewayMode = 'nat' | 'nat-unprotected' | 'routed' | 'isolated';

/** The driver options of a bridge network that we know, by Docker's labels. Others are kept and have no effect. */
export interface BridgeOptions {
  /** Name of the bridge; undefined = the engine chooses. */
  readonly name: string | undefined;
  readonly icc: boolean;
  readonly masquerade: boolean;
  /** Address that ports are published on when none is asked for; '' = all. */
  readonly hostBinding: string;
  readonly mtu: number;
  /** Interfaces in containers are called this and a number. */
  readonly interfacePrefix: string;
  readonly mode4: GatewayMode;
  readonly mode6: GatewayMode;
  /** The host's address that containers' traffic leaves with; '' = that of the way out. */
  readonly source4: string;
  readonly source6: string;
  /** The bridge has no IPv4 address: the gateway is somebody else's. */
  readonly inhibitIpv4: boolean;
  /** Interfaces of the host from where published ports are reached at the container's address. */
  readonly trustedInterfaces: readonly string[];
}

export const optionNames = {
  name: 'com.docker.network.bridge.name',
  icc: 'com.docker.network.bridge.enable_icc',
  masquerade: 'com.docker.network.bridge.enable_ip_masquerade',
  hostBinding: 'com.docker.network.bridge.host_binding_ipv4',
  mtu: 'com.docker.network.driver.mtu',
  interfacePrefix: 'com.docker.network.container_iface_prefix',
  mode4: 'com.docker.network.bridge.gateway_mode_ipv4',
  mode6: 'com.docker.network.bridge.gateway_mode_ipv6',
  source4: 'com.docker.network.host_ipv4',
  source6: 'com.docker.network.host_ipv6',
  inhibitIpv4: 'com.docker.network.bridge.inhibit_ipv4',
  trustedInterfaces: 'com.docker.network.bridge.trusted_host_interfaces',
  isDefault: 'com.docker.network.bridge.default_bridge',
} as const;

export function bridgeOptions(options: Readonly<Record<string, string>>): BridgeOptions {
  const binding = addressOption(options, optionNames.hostBinding);
  return {
    name: interfaceName(options[optionNames.name]),
    icc: flag(options, optionNames.icc, true),
    masquerade: flag(options, optionNames.masquerade, true),
    hostBinding: binding === '0.0.0.0' ? '' : binding,
    mtu: mtuOf(options[optionNames.mtu]),
    interfacePrefix: interfaceName(options[optionNames.interfacePrefix]) ?? 'eth',
    mode4: gatewayMode(options, optionNames.mode4),
    mode6: gatewayMode(options, optionNames.mode6),
    source4: addressOption(options, optionNames.source4, 4),
    source6: addressOption(options, optionNames.source6, 6),
    inhibitIpv4: flag(options, optionNames.inhibitIpv4, false),
    trustedInterfaces: (options[optionNames.trustedInterfaces] ?? '').split(':').filter(Boolean),
  };
}

function addressOption(options: Readonly<Record<string, string>>, name: string, family?: 4 | 6): string {
  const text = options[name] ?? '';
  const found = isIP(text);
  if (text !== '' && (found === 0 || (family !== undefined && found !== family)))
    throw invalid(`failed to parse ${name} value: ${text} (nil ip)`);
  return text;
}

/** Throws what does not go with a network that is cut off, or is not. */
export function checkGatewayModes({ mode4, mode6 }: BridgeOptions, isInternal: boolean): void {
  if (!isInternal && (mode4 === 'isolated' || mode6 === 'isolated'))
    throw refused("gateway mode 'isolated' can only be used for an internal network");
}

function gatewayMode(options: Readonly<Record<string, string>>, name: string): GatewayMode {
  const text = options[name] || 'nat';
  if (text === 'nat' || text === 'nat-unprotected' || text === 'routed' || text === 'isolated') return text;
  throw invalid(`failed to parse ${name} value: ${text} (unknown gateway mode ${text})`);
}

function flag(options: Readonly<Record<string, string>>, name: string, usual: boolean): boolean {
  const text = options[name] ?? '';
  if (text === '') return usual;
  if (/^(?:1|t|true)$/i.test(text)) return true;
  if (/^(?:0|f|false)$/i.test(text)) return false;
  throw unreadable(name, text, 'ParseBool');
}

function interfaceName(text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/.test(text))
    throw invalid(`invalid interface name: ${JSON.stringify(text)}`);
  return text;
}

function mtuOf(text: string | undefined): number {
  if (!text) return usualMtu();
  const mtu = Number(text);
  if (!/^-?\d+$/.test(text)) throw unreadable(optionNames.mtu, text, 'Atoi');
  if (mtu < 0) throw invalid(`invalid MTU number: ${mtu}`);
  if (mtu < 68 || mtu > 65535) throw invalid(`invalid MTU ${mtu}: must be between 68 and 65535`);
  return mtu;
}

/** In the words of Docker, whose clients may know them. */
function unreadable(name: string, text: string, parser: string): EngineError {
  const value = JSON.stringify(text);
  return invalid(
    `failed to parse ${name} value: ${text} (strconv.${parser}: parsing ${value}: invalid syntax)`,
  );
}

/** The kernel takes IPv6 away from links whose packets are too short for it. */
export const speaksIpv6 = (mtu = 1500): boolean => mtu >= 1280;

/** Docker's 1500, or less where the way out of the host carries less: else large packets vanish on the way. */
export function usualMtu(): number {
  try {
    const lines = readFileSync('/proc/net/route', 'latin1').split('\n').slice(1);
    const [name = ''] = lines.map((line) => line.split('\t')).find(([, to]) => to === '00000000') ?? [];
    const mtu = name === '' ? 1500 : Number(readFileSync(`/sys/class/net/${name}/mtu`, 'latin1'));
    return mtu >= 1280 && mtu < 1500 ? mtu : 1500;
  } catch {
    return 1500;
  }
}
