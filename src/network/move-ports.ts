import { internal, messageOf } from '../lib/errors.ts';
import type { NetworkContext } from './context.ts';
import { gatewaysOf } from './gateways.ts';
import { type PortBinding, retarget } from './ports/host-ports.ts';
import { type PortTarget, portTargets } from './ports/port-targets.ts';
import type { OpenSandbox } from './sandbox.ts';
import type { PortSpec } from './types.ts';

/** Ports of the host that are held, and not yet in use. */
interface MovedPorts {
  /** Lets go of those that lead nowhere any more. */
  finish(): void;
  undo(): void;
}

/**
 * Holds the ports that a container's new endpoints bring: a container that comes out of an internal network has none before. Those
 * of a family that stays as it was are led to the new address. Throws when one is taken; then nothing has changed.
 */
export async function movePorts(
  context: NetworkContext,
  sandbox: OpenSandbox,
  earlier: OpenSandbox['endpoints'],
): Promise<MovedPorts> {
  const { registry } = context;
  const now = sandbox.endpoints;
  const before = portTargets(registry, gatewaysOf(registry, earlier));
  const after = portTargets(registry, gatewaysOf(registry, now));
  const stay = after.filter((target) => before.some((old) => isSameWay(old, target)));
  const fresh = after.filter((target) => !stay.includes(target));
  const ports = sandbox.ports;
  const kept = ports.filter(({ port }) => stay.some(({ family }) => family === familyOf(port.hostIp)));
  const more = await hold(context, sandbox, kept, fresh, () => (sandbox.endpoints = earlier));
  sandbox.ports = [...kept, ...more];
  return {
    finish: () => {
      for (const { listener } of ports.filter((each) => !kept.includes(each))) listener.close();
      retarget(kept, stay);
    },
    undo: () => {
      for (const { listener } of more) listener.close();
      sandbox.ports = ports;
    },
  };
}

async function hold(
  context: NetworkContext,
  sandbox: OpenSandbox,
  kept: readonly PortBinding[],
  targets: readonly PortTarget[],
  undo: () => void,
): Promise<PortBinding[]> {
  if (targets.length === 0 || sandbox.wantedPorts.length === 0) return [];
  try {
    const specs = sandbox.wantedPorts.map((spec) => withKnownPort(spec, kept));
    return await context.ports.reserve(specs, sandbox.containerName, targets);
  } catch (error) {
    undo();
    throw internal(
      `driver failed programming external connectivity on endpoint ${sandbox.containerName}: ${messageOf(error)}`,
      error,
    );
  }
}

/** Both families of one wish have the same port. */
function withKnownPort(spec: PortSpec, kept: readonly PortBinding[]): PortSpec {
  if (spec.hostPort !== 0) return spec;
  const known = kept.find(
    ({ port }) => port.containerPort === spec.containerPort && port.protocol === spec.protocol,
  );
  return known ? { ...spec, hostPort: known.port.hostPort } : spec;
}

const familyOf = (ip: string): 4 | 6 => (ip.includes(':') ? 6 : 4);

const isSameWay = (one: PortTarget, other: PortTarget): boolean =>
  one.family === other.family && one.isRouted === other.isRouted && one.hostBinding === other.hostBinding;
