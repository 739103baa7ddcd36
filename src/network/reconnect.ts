import { EngineError, internal, notFound } from '../lib/errors.ts';
import type { NetworkContext } from './context.ts';
import { DnsServer } from './dns/server.ts';
import { checkEndpoint, freeEndpoint, makeEndpoint } from './endpoint.ts';
import { wantedInterface } from './endpoint-options.ts';
import { gatewayPlan, gatewaysOf } from './gateways.ts';
import type { NetworkRecord } from './network-record.ts';
import { notAlone } from './open.ts';
import { movePorts } from './move-ports.ts';
import { publishEndpoint } from './publish.ts';
import { rulesOf } from './release.ts';
import { hasNames, linkPlan, type OpenSandbox, rowOf, udpAddresses } from './sandbox.ts';
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
  const name = wantedInterface(spec) ?? nextInterface(sandbox, network);
  const endpoint = makeEndpoint(network, spec, sandbox, name);
  const before = sandbox.endpoints;
  const earlier = gatewayPlan(context.registry, gatewaysOf(context.registry, before));
  const link = linkPlan(context.registry, { endpoint, spec });
  if (!link) throw notAlone(network);
  network.addEndpoint(endpoint);
  try {
    await moveTo(context, sandbox, [...before, { endpoint, spec }], endpoint.interface, async () => {
      const gateway = gatewayPlan(context.registry, gatewaysOf(context.registry, sandbox.endpoints));
      const dns = sandbox.dnsServer === undefined && hasNames(context.registry, sandbox.endpoints);
      const attached = await context.worker.request('attach', {
        container: containerId,
        link,
        gateway,
        earlier,
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
  await moveTo(context, sandbox, rest, kept.endpoint.interface, async () => {
    await context.worker.request('detach', {
      container: containerId,
      interface: kept.endpoint.interface,
      gateway: gatewayPlan(context.registry, gatewaysOf(context.registry, rest)),
    });
  });
  network.removeEndpoint(containerId);
  freeEndpoint(network, kept.endpoint);
  publishEndpoint(context, kept.endpoint, 'disconnect');
}

/**
 * Changes a sandbox's endpoints: `change` does it in the kernel. Published ports follow the endpoint that the container reaches
 * the world through. Should the engine be killed meanwhile, the interface is gone when it is back, whatever was to become of it.
 */
async function moveTo(
  context: NetworkContext,
  sandbox: OpenSandbox,
  endpoints: OpenSandbox['endpoints'],
  changed: string,
  change: () => Promise<void>,
): Promise<void> {
  const rules = rulesOf(context, sandbox);
  const earlier = sandbox.endpoints;
  const kept = earlier.filter(({ endpoint }) => endpoint.interface !== changed);
  sandbox.endpoints = endpoints;
  const ports = await movePorts(context, sandbox, earlier);
  context.store.putSandbox({ ...rowOf(sandbox), endpoints: kept, stray: [changed] });
  try {
    await change();
  } catch (error) {
    ports.undo();
    context.store.putSandbox({ ...rowOf(sandbox), endpoints: kept });
    throw error;
  }
  ports.finish();
  const after = rulesOf(context, sandbox);
  if (JSON.stringify(rules) !== JSON.stringify(after))
    await context.worker.request('publish', { add: after, remove: rules, forget: udpAddresses(rules) });
  context.store.putSandbox(rowOf(sandbox));
}

function checkJoin(sandbox: OpenSandbox, network: NetworkRecord, spec: EndpointSpec): void {
  if (network.configOnly)
    throw new EngineError('forbidden', 'cannot create endpoint on configuration-only network');
  if (!network.hasLinks) throw notAlone(network);
  if (network.endpoints.has(sandbox.containerId)) {
    throw new EngineError(
      'forbidden',
      `endpoint with name ${sandbox.containerName} already exists in network ${network.name}`,
    );
  }
  checkEndpoint(network, spec);
}

/** Throws what is wrong with a wish of a container that does not run. */
export function checkJoining(context: NetworkContext, spec: EndpointSpec): void {
  checkEndpoint(context.registry.get(spec.network), spec);
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
