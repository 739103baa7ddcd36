import type { NetworkRecord } from './network-record.ts';
import type { NetworkRegistry } from './registry.ts';
import type { KeptEndpoint } from './store.ts';
import type { Endpoint } from './types.ts';
import type { GatewayPlan, RoutePlan } from './worker/protocol.ts';

/** The endpoints that a container reaches the world through, by family; often one for both. */
export interface Gateways {
  readonly ipv4: Endpoint | undefined;
  readonly ipv6: Endpoint | undefined;
}

/**
 * As Docker chooses: the highest priority, then networks that lead outside, then those with a way out for both families, then by the
 * network's name. For each family the first that has it.
 */
export function gatewaysOf(registry: NetworkRegistry, endpoints: readonly KeptEndpoint[]): Gateways {
  const sorted = endpoints
    .flatMap(({ endpoint, spec }) => {
      const network = registry.find(endpoint.networkId);
      return network?.leadsOutside ? [{ endpoint, network, priority: spec.gatewayPriority ?? 0 }] : [];
    })
    .toSorted(
      (left, right) =>
        right.priority - left.priority ||
        waysOut(right) - waysOut(left) ||
        (left.endpoint.networkName < right.endpoint.networkName ? -1 : 1),
    );
  return {
    ipv4: sorted.find((candidate) => hasWayOut(candidate, 4))?.endpoint,
    ipv6: sorted.find((candidate) => hasWayOut(candidate, 6))?.endpoint,
  };
}

/** Whether the container reaches anything behind its own networks. */
export const isOutward = ({ ipv4, ipv6 }: Gateways): boolean => ipv4 !== undefined || ipv6 !== undefined;

export function gatewayPlan(registry: NetworkRegistry, { ipv4, ipv6 }: Gateways): GatewayPlan {
  const v4 = ipv4 && route(registry, ipv4, ipv4.gateway4);
  const v6 = ipv6 && route(registry, ipv6, ipv6.gateway6);
  return { ...(v4 && { ipv4: v4 }), ...(v6 && { ipv6: v6 }) };
}

function route(registry: NetworkRegistry, endpoint: Endpoint, gateway: string): RoutePlan | undefined {
  if (registry.get(endpoint.networkId).isRoutedOnLink) return { interface: endpoint.interface };
  return gateway === '' ? undefined : { interface: endpoint.interface, gateway };
}

interface Candidate {
  readonly endpoint: Endpoint;
  readonly network: NetworkRecord;
}

/** Behind a bridge there is a gateway; an interface of the host may lead somewhere without our knowing of one. */
function hasWayOut({ endpoint, network }: Candidate, family: 4 | 6): boolean {
  const [address, gateway] =
    family === 4 ? [endpoint.ipv4, endpoint.gateway4] : [endpoint.ipv6, endpoint.gateway6];
  return address !== '' && (gateway !== '' || network.vlan !== undefined);
}

const waysOut = (candidate: Candidate): number =>
  Number(hasWayOut(candidate, 4)) + Number(hasWayOut(candidate, 6));
