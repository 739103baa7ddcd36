import { EngineError, internal, invalid, messageOf } from '../lib/errors.ts';
import { shortId } from '../lib/id.ts';
import type { NetworkContext } from './context.ts';
import { DnsServer } from './dns/server.ts';
import { bridgeResolvConf, internalResolvConf } from './dns/resolv-conf.ts';
import { checkEndpoint, freeEndpoint, makeEndpoint } from './endpoint.ts';
import { wantedInterface } from './endpoint-options.ts';
import { gatewayPlan, gatewaysOf } from './gateways.ts';
import type { NetworkRecord } from './network-record.ts';
import type { PortBinding } from './ports/host-ports.ts';
import { portTargets } from './ports/port-targets.ts';
import { publishEndpoint } from './publish.ts';
import { releaseSandbox } from './release.ts';
import { hasNames, linkPlan, type OpenSandbox, portRules, publishedPorts, rowOf } from './sandbox.ts';
import type { KeptEndpoint } from './store.ts';
import type { EndpointSpec, Sandbox, SandboxSpec } from './types.ts';
import { viewOf } from './view.ts';
import type { OpenedNamespace } from './worker/protocol.ts';

/** A namespace with its links, addresses, names and ports, ready for a container; or nothing of it. */
export async function openSandbox(
  context: NetworkContext,
  spec: SandboxSpec,
  signal?: AbortSignal,
): Promise<Sandbox> {
  await releaseSandbox(context, spec.containerId);
  const networks = await prepareNetworks(context, spec.endpoints);
  signal?.throwIfAborted();
  await using undo = new AsyncDisposableStack();
  const { containerId } = spec;
  undo.defer(() => {
    if (spec.isQuiet) return;
    for (const {
      network: { id: networkId, name: networkName },
    } of networks)
      publishEndpoint(context, { networkId, networkName, containerId }, 'disconnect');
  });
  const endpoints = takeEndpoints(spec, networks, undo);
  const ports = await reservePorts(context, spec, endpoints, undo);
  const sandbox = { ...newSandbox(spec), endpoints, ports };
  const opened = await openNamespace(context, sandbox, undo);
  if (opened.dns) sandbox.dnsServer = new DnsServer(opened.dns, viewOf(context, sandbox), context.upstream);
  signal?.throwIfAborted();
  undo.move();
  return describe(context, sandbox, `/proc/${process.pid}/fd/${opened.netns}`);
}

/** Content for /etc/resolv.conf, by the networks that the container is in. */
export function resolvConf(context: NetworkContext, sandbox: OpenSandbox): string {
  const named = hasNames(context.registry, sandbox.endpoints);
  return named ? internalResolvConf(sandbox.dns) : bridgeResolvConf(sandbox.dns);
}

async function prepareNetworks(
  context: NetworkContext,
  specs: readonly EndpointSpec[],
): Promise<{ network: NetworkRecord; spec: EndpointSpec }[]> {
  const wanted = specs.map((spec) => ({ network: context.registry.get(spec.network), spec }));
  const config = wanted.find(({ network }) => network.configOnly);
  if (config) throw new EngineError('forbidden', 'cannot create endpoint on configuration-only network');
  const solitary = wanted.find(({ network }) => !network.hasLinks);
  if (solitary && wanted.length > 1) throw notAlone(solitary.network);
  for (const { network, spec } of wanted) checkConfig(network, spec);
  return Promise.all(
    wanted.map(async ({ network, spec }) => ({ network: await context.bridges.prepare(network), spec })),
  );
}

/** Throws what is wrong with a wish for this network. */
export function checkConfig(network: NetworkRecord, spec: EndpointSpec): void {
  try {
    checkEndpoint(network, spec);
  } catch (error) {
    throw invalid(`invalid config for network ${network.name}: ${messageOf(error)}`, error);
  }
}

export function notAlone(network: NetworkRecord): EngineError {
  return invalid(
    network.driver === 'host'
      ? 'cannot connect container to host network - container must be created in host network mode'
      : 'container cannot be connected to multiple networks with one of the networks in private (none) mode',
  );
}

function takeEndpoints(
  spec: SandboxSpec,
  networks: readonly { network: NetworkRecord; spec: EndpointSpec }[],
  undo: AsyncDisposableStack,
): KeptEndpoint[] {
  const occupant = { ...spec, hostname: spec.hostname ?? '' };
  return networks.map(({ network, spec: wish }, index) => {
    const name = wantedInterface(wish) ?? `${network.settings.interfacePrefix}${index}`;
    const endpoint = makeEndpoint(network, wish, occupant, name);
    network.addEndpoint(endpoint);
    undo.defer(() => {
      network.removeEndpoint(spec.containerId);
      freeEndpoint(network, endpoint);
    });
    return { endpoint, spec: wish };
  });
}

async function reservePorts(
  context: NetworkContext,
  spec: SandboxSpec,
  endpoints: readonly KeptEndpoint[],
  undo: AsyncDisposableStack,
): Promise<PortBinding[]> {
  const gateways = gatewaysOf(context.registry, endpoints);
  const targets = portTargets(context.registry, gateways);
  if (targets.length === 0 || spec.ports.length === 0) return [];
  try {
    const ports = await context.ports.reserve(spec.ports, spec.containerName, targets);
    undo.defer(() => {
      for (const { listener } of ports) listener.close();
    });
    return ports;
  } catch (error) {
    throw internal(
      `driver failed programming external connectivity on endpoint ${spec.containerName} (${(gateways.ipv4 ?? gateways.ipv6)?.id}): ${messageOf(error)}`,
      error,
    );
  }
}

function newSandbox(spec: SandboxSpec): OpenSandbox {
  return {
    containerId: spec.containerId,
    containerName: spec.containerName,
    hostname: spec.hostname ?? '',
    dns: spec.dns,
    endpoints: [],
    ports: [],
    wantedPorts: spec.ports,
    isQuiet: spec.isQuiet ?? false,
    dnsServer: undefined,
  };
}

/** The record is written while the worker works: after a crash in between, recovery finds either both or frees the record. */
async function openNamespace(
  context: NetworkContext,
  sandbox: OpenSandbox,
  undo: AsyncDisposableStack,
): Promise<OpenedNamespace> {
  const { containerId, endpoints } = sandbox;
  const gateways = gatewaysOf(context.registry, endpoints);
  context.sandboxes.set(containerId, sandbox);
  undo.defer(() => void context.sandboxes.delete(containerId));
  const rules = portRules(context.registry, publishedPorts(sandbox), gateways);
  const opened = context.worker.request('open', {
    container: containerId,
    links: endpoints.flatMap((kept) => linkPlan(context.registry, kept) ?? []),
    gateway: gatewayPlan(context.registry, gateways),
    ports: rules,
    dns: hasNames(context.registry, endpoints),
  });
  undo.defer(async () => {
    sandbox.dnsServer?.close();
    context.store.removeSandbox(containerId);
    if (await opened.then(Boolean, () => false)) {
      await context.worker.request('release', { container: containerId, ports: rules, forget: [] });
    }
  });
  context.store.putSandbox(rowOf(sandbox));
  return opened;
}

function describe(context: NetworkContext, sandbox: OpenSandbox, netnsPath: string): Sandbox {
  return {
    netnsPath,
    endpoints: sandbox.endpoints.map(({ endpoint }) => endpoint),
    ports: publishedPorts(sandbox),
    resolvConf: resolvConf(context, sandbox),
    hosts: sandbox.endpoints.flatMap((kept) => linkedHosts(context, kept)),
  };
}

/** In the default bridge links are lines of /etc/hosts, as there is no name service. */
function linkedHosts(
  context: NetworkContext,
  { endpoint, spec }: KeptEndpoint,
): { address: string; names: readonly string[] }[] {
  const network = context.registry.get(endpoint.networkId);
  if (!network.isDefaultBridge) return [];
  return (spec.links ?? []).flatMap((link) => {
    const [target = '', alias = target] = link.replace(/^\//, '').split(':');
    const other = [...network.endpoints.values()].find(
      ({ containerName, containerId }) => containerName === target || containerId.startsWith(target),
    );
    if (!other) return [];
    const names = new Set([alias, shortId(other.containerId), other.containerName]);
    return [{ address: other.ipv4, names: [...names] }];
  });
}
