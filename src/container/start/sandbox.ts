import { EngineError, kindOf, prefixed } from '../../lib/errors.ts';
import type { EndpointSpec, PortSpec, Sandbox } from '../../network/types.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { Context } from '../context.ts';
import { runningContainer } from './namespaces.ts';
import { parseNetworkMode } from '../network-mode.ts';
import type { ContainerSpec } from '../types.ts';

/** Opens the network of a container; undefined where it uses the host's or another container's. */
export async function openSandbox(context: Context, record: ContainerRecord): Promise<Sandbox | undefined> {
  const { spec } = record;
  const mode = parseNetworkMode(spec.networkMode);
  checkAlone(mode.kind, spec);
  if (mode.kind === 'host') return undefined;
  if (mode.kind === 'container') return void runningContainer(context, mode.container, 'network');
  try {
    return await context.networks.open({
      containerId: record.id,
      containerName: record.name,
      hostname: spec.hostname,
      endpoints: withLinks(spec).map((endpoint) => withSysctls(spec, endpoint)),
      ports: mode.kind === 'none' ? [] : wantedPorts(spec),
      dns: spec.dns,
    });
  } catch (error) {
    throw kindOf(error) === 'invalid' ? error : prefixed('failed to set up container networking', error);
  }
}

/** A container whose sysctls switch IPv6 off gets no addresses of it. */
export function withSysctls(spec: ContainerSpec, endpoint: EndpointSpec): EndpointSpec {
  return speaksIpv6({ spec }) ? endpoint : { ...endpoint, withoutIpv6: true };
}

export const speaksIpv6 = ({ spec }: Pick<ContainerRecord, 'spec'>): boolean =>
  spec.sysctls['net.ipv6.conf.all.disable_ipv6'] !== '1';

/** A container without a network of its own joins none. */
function checkAlone(kind: ReturnType<typeof parseNetworkMode>['kind'], { endpoints }: ContainerSpec): void {
  if (kind === 'network' || endpoints.length <= (kind === 'none' ? 1 : 0)) return;
  const why =
    kind === 'none'
      ? 'container cannot be connected to multiple networks with one of the networks in private (none) mode'
      : 'container sharing network namespace with another container or host cannot be connected to any other network';
  throw new EngineError('forbidden', `failed to set up container networking: ${why}`);
}

/** `--publish-all` adds the exposed ports that are not published already. */
function wantedPorts(spec: ContainerSpec): readonly PortSpec[] {
  if (!spec.publishAllPorts) return spec.ports;
  const taken = new Set(spec.ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`));
  const more = spec.exposedPorts
    .filter(({ port, protocol }) => !taken.has(`${port}/${protocol}`))
    .map(({ port, protocol }) => ({ protocol, containerPort: port, hostIp: '', hostPort: 0 }));
  return [...spec.ports, ...more];
}

/** `--link` names another container in the network of the network mode. */
function withLinks(spec: ContainerSpec): ContainerSpec['endpoints'] {
  const [primary, ...others] = spec.endpoints;
  if (!primary || spec.links.length === 0) return spec.endpoints;
  return [{ ...primary, links: [...(primary.links ?? []), ...spec.links] }, ...others];
}
