import { messageOf } from '../lib/errors.ts';
import type { NetworkContext } from './context.ts';
import { DnsServer } from './dns/server.ts';
import type { PortBinding } from './ports/host-ports.ts';
import { rulesOf } from './release.ts';
import { gatewayEndpoint, hasNames, type OpenSandbox } from './sandbox.ts';
import type { SandboxRow } from './store.ts';
import type { PublishedPort } from './types.ts';
import { viewOf } from './view.ts';
import type { TableState } from './worker/protocol.ts';

/** Takes over the sandboxes of running containers and forgets all others; how many there are. `synchronize` comes next. */
export async function recoverSandboxes(
  context: NetworkContext,
  running: ReadonlyMap<string, { pid: number }>,
): Promise<number> {
  const rows = context.store.sandboxes();
  for (const row of rows.filter(({ containerId }) => !running.has(containerId))) {
    context.store.removeSandbox(row.containerId);
  }
  const kept = rows.filter(({ containerId }) => running.has(containerId));
  for (const row of kept) takeAddresses(context, row);
  await Promise.all(kept.map((row) => adopt(context, row, running.get(row.containerId)?.pid ?? 0)));
  return kept.length;
}

/** Makes the kernel's state as ours, from the bridges up. */
export async function synchronize(context: NetworkContext): Promise<void> {
  await Promise.all(context.registry.list().map((record) => context.bridges.prepare(record)));
  await context.worker.request('sync', tableState(context));
}

function tableState(context: NetworkContext): TableState {
  return {
    bridges: context.bridges.plans().map(({ plan }) => plan),
    ports: [...context.sandboxes.values()].flatMap((sandbox) => rulesOf(context, sandbox)),
  };
}

/** Before anything else can take them. */
function takeAddresses(context: NetworkContext, row: SandboxRow): void {
  for (const { endpoint } of row.endpoints) {
    const network = context.registry.find(endpoint.networkId);
    if (!network) continue;
    if (endpoint.ipv4) network.subnet4?.takeExact(endpoint.ipv4);
    if (endpoint.ipv6) network.subnet6?.takeExact(endpoint.ipv6);
    network.addEndpoint(endpoint);
  }
}

async function adopt(context: NetworkContext, row: SandboxRow, pid: number): Promise<void> {
  const { ports: published, ...rest } = row;
  const endpoints = row.endpoints.filter(({ endpoint }) => context.registry.find(endpoint.networkId));
  const sandbox: OpenSandbox = { ...rest, endpoints, ports: [], dnsServer: undefined };
  context.sandboxes.set(row.containerId, sandbox);
  sandbox.ports = await holdAgain(context, sandbox, published);
  try {
    const dns = hasNames(context.registry, endpoints);
    const opened = await context.worker.request('adopt', { container: row.containerId, pid, dns });
    if (opened?.dns)
      sandbox.dnsServer = new DnsServer(opened.dns, viewOf(context, sandbox), context.upstream);
  } catch (error) {
    // what runs in a container can be in our way there: that must not keep us from the others
    const fields = { container: row.containerId, reason: messageOf(error) };
    context.logger.error('The network of a container could not be taken over whole', fields);
  }
}

/** Ports that another program took meanwhile still lead to the container: only what went through our proxy fails. */
async function holdAgain(
  context: NetworkContext,
  sandbox: OpenSandbox,
  ports: readonly PublishedPort[],
): Promise<PortBinding[]> {
  const ip = gatewayEndpoint(context.registry, sandbox.endpoints)?.ipv4;
  if (!ip) return [];
  return Promise.all(
    ports.map(async (port): Promise<PortBinding> => {
      try {
        const [binding] = await context.ports.reserve([port], sandbox.containerName, ip);
        if (binding) return binding;
      } catch (error) {
        const reason = messageOf(error);
        context.logger.warn('A published port is held by another program', { ...port, reason });
      }
      return { port, listener: { retarget: () => {}, close: () => {} } };
    }),
  );
}
