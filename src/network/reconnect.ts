import { EngineError, internal, notFound } from '../lib/errors.ts';
import type { NetworkContext } from './context.ts';
import { DnsServer } from './dns/server.ts';
import { checkEndpoint, freeEndpoint, makeEndpoint } from './endpoint.ts';
import type { NetworkRecord } from './network-record.ts';
import { notAlone } from './open.ts';
import { publishEndpoint } from './publish.ts';
import { rulesOf } from './release.ts';
import {
  gatewayEndpoint,
  gatewayPlan,
  hasNames,
  linkPlan,
  type OpenSandbox,
  rowOf,
  udpAddresses,
} from './sandbox.ts';
import type { Endpoint, EndpointSpec } from './types.ts';
import { viewOf } from './view.ts';

/** Attaches a running container to one more network. */
export async function connectSandbox(
  context: NetworkContext,
  containerId: string,
  spec: EndpointSpec,
): Promise<Endpoint> {
  const sandbox = sandboxOf(context, containerId);
  const asked = context.registry.get(spec.network);
  checkJoin(sandbox, asked, spec);
  const network = await context.bridges.prepare(asked);
  const endpoint = makeEndpoint(network, spec, sandbox, nextInterface(sandbox, network));
  const before = sandbox.endpoints;
  const link = linkPlan(context.registry, endpoint);
  if (!link) throw notAlone(network);
  network.addEndpoint(endpoint);
  try {
    await moveTo(context, sandbox, [...before, { endpoint, spec }], async () => {
      const plan = gatewayPlan(gatewayEndpoint(context.registry, sandbox.endpoints));
      const dns = sandbox.dnsServer === undefined && hasNames(context.registry, sandbox.endpoints);
      const attached = await context.worker.request('attach', {
        container: containerId,
        link,
        ...(plan && { gateway: plan }),
        dns,
      });
      if (attached.dns) {
        sandbox.dnsServer = new DnsServer(attached.dns, viewOf(context, sandbox), context.upstream);
      }
    });
  } catch (error) {
    sandbox.endpoints = before;
    network.removeEndpoint(containerId);
    freeEndpoint(network, endpoint);
    throw error;
  }
  publishEndpoint(context, endpoint, 'connect');
  return endpoint;
}

/** Takes a running container out of a network. */
export async function disconnectSandbox(
  context: NetworkContext,
  containerId: string,
  nameOrId: string,
): Promise<void> {
  const network = context.registry.get(nameOrId);
  const sandbox = sandboxOf(context, containerId);
  const kept = sandbox.endpoints.find(({ endpoint }) => endpoint.networkId === network.id);
  if (!kept) {
    throw internal(`container ${containerId} is not connected to network ${network.name}`);
  }
  const rest = sandbox.endpoints.filter((each) => each !== kept);
  await moveTo(context, sandbox, rest, async () => {
    const plan = gatewayPlan(gatewayEndpoint(context.registry, rest));
    await context.worker.request('detach', {
      container: containerId,
      interface: kept.endpoint.interface,
      ...(plan && { gateway: plan }),
    });
  });
  network.removeEndpoint(containerId);
  freeEndpoint(network, kept.endpoint);
  publishEndpoint(context, kept.endpoint, 'disconnect');
}

/**
 * Changes a sandbox's endpoints: `change` does it in the kernel. Published ports follow the endpoint that the container reaches
 * the world through.
 */
async function moveTo(
  context: NetworkContext,
  sandbox: OpenSandbox,
  endpoints: OpenSandbox['endpoints'],
  change: () => Promise<void>,
): Promise<void> {
  const before = rulesOf(context, sandbox);
  sandbox.endpoints = endpoints;
  await change();
  const gateway = gatewayEndpoint(context.registry, endpoints);
  const after = rulesOf(context, sandbox);
  if (JSON.stringify(before) !== JSON.stringify(after)) {
    await context.worker.request('publish', { add: after, remove: before, forget: udpAddresses(before) });
    for (const { listener, port } of sandbox.ports) {
      if (gateway) listener.retarget({ ip: gateway.ipv4, port: port.containerPort });
    }
  }
  context.store.putSandbox(rowOf(sandbox));
}

function checkJoin(sandbox: OpenSandbox, network: NetworkRecord, spec: EndpointSpec): void {
  if (network.driver !== 'bridge') throw notAlone(network);
  if (network.endpoints.has(sandbox.containerId)) {
    throw new EngineError(
      'forbidden',
      `endpoint with name ${sandbox.containerName} already exists in network ${network.name}`,
    );
  }
  checkEndpoint(network, spec);
}

function sandboxOf(context: NetworkContext, containerId: string): OpenSandbox {
  const sandbox = context.sandboxes.get(containerId);
  if (!sandbox) throw notFound(`container ${containerId} has no network sandbox`);
  return sandbox;
}

/** The first name that no other of its interfaces has. */
function nextInterface(sandbox: OpenSandbox, network: NetworkRecord): string {
  const used = new Set(sandbox.endpoints.map(({ endpoint }) => endpoint.interface));
  for (let number = 0; ; number += 1) {
    const name = `${network.settings.interfacePrefix}${number}`;
    if (!used.has(name)) return name;
  }
}
