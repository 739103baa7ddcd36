import type { GatewayMode } from '../bridge-options.ts';
import type { Gateways } from '../gateways.ts';
import type { NetworkRegistry } from '../registry.ts';

/** Where the published ports of a container lead, for one family of the host's addresses. */
export interface PortTarget {
  readonly family: 4 | 6;
  /** The container's address: of the other family where it has none of this one, and a proxy is in between. */
  readonly ip: string;
  /** The container is reached at its own address; no port of the host is taken. */
  readonly isRouted: boolean;
  /** Address that ports are published on when none is asked for; '' = all. */
  readonly hostBinding: string;
}

/** Only bridges have published ports. IPv4 ports need an IPv4 address of the container; IPv6 ones are led to that, too. */
export function portTargets(registry: NetworkRegistry, { ipv4, ipv6 }: Gateways): PortTarget[] {
  const network4 = ipv4 && registry.get(ipv4.networkId);
  const network6 = ipv6 && registry.get(ipv6.networkId);
  const targets: PortTarget[] = [];
  if (ipv4 && network4?.driver === 'bridge') {
    const { mode4, hostBinding } = network4.settings;
    targets.push({ family: 4, ip: ipv4.ipv4, isRouted: isRouted(mode4), hostBinding });
    if (!ipv6) targets.push({ family: 6, ip: ipv4.ipv4, isRouted: false, hostBinding });
  }
  if (ipv6 && network6?.driver === 'bridge') {
    const { mode6, hostBinding } = network6.settings;
    targets.push({ family: 6, ip: ipv6.ipv6, isRouted: isRouted(mode6), hostBinding });
  }
  return targets;
}

const isRouted = (mode: GatewayMode): boolean => mode === 'routed';
