import { messageOf } from '../lib/errors.ts';
import type { NetworkContext } from './context.ts';
import { DnsServer } from './dns/server.ts';
import { takeAgain } from './endpoint.ts';
import { gatewayPlan, gatewaysOf } from './gateways.ts';
import { NetworkRecord } from './network-record.ts';
import { noListener, type PortBinding } from './ports/host-ports.ts';
import { portTargets } from './ports/port-targets.ts';
import { rulesOf } from './release.ts';
import { hasNames, type OpenSandbox, rowOf } from './sandbox.ts';
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
  await Promise.all(context.registry.list().map((record) => prepare(context, record)));
  await context.worker.request('sync', tableState(context));
  for (const row of context.store.unfinished()) {
    await context.bridges.remove(new NetworkRecord(row));
    context.store.removeNetwork(row.id);
  }
}

/** A network whose interface has gone is told of; its containers are told when they start. */
async function prepare({ bridges, logger }: NetworkContext, record: NetworkRecord): Promise<void> {
  try {
    await bridges.prepare(record);
  } catch (error) {
    if (!record.vlan) throw error;
    logger.warn('A network can not be used', { network: record.name, reason: messageOf(error) });
  }
}

function tableState(context: NetworkContext): TableState {
  return {
    ...context.bridges.plans(),
    ports: [...context.sandboxes.values()].flatMap((sandbox) => rulesOf(context, sandbox)),
  };
}

/** Before anything else can take them. */
function takeAddresses(context: NetworkContext, row: SandboxRow): void {
  for (const { endpoint } of row.endpoints) {
    const network = context.registry.find(endpoint.networkId);
    if (!network) continue;
    takeAgain(network, endpoint);
    network.addEndpoint(endpoint);
  }
}

async function adopt(context: NetworkContext, row: SandboxRow, pid: number): Promise<void> {
  const { ports: published, stray = [], wantedPorts = [], ...rest } = row;
  const endpoints = row.endpoints.filter(({ endpoint }) => context.registry.find(endpoint.networkId));
  const sandbox: OpenSandbox = {
    ...rest,
    endpoints,
    ports: [],
    wantedPorts,
    isQuiet: false,
    dnsServer: undefined,
  };
  context.sandboxes.set(row.containerId, sandbox);
  sandbox.ports = await holdAgain(context, sandbox, published);
  try {
    const dns = hasNames(context.registry, endpoints);
    const gateway = gatewayPlan(context.registry, gatewaysOf(context.registry, endpoints));
    const argument = { container: row.containerId, pid, dns, stray, gateway };
    const opened = await context.worker.request('adopt', argument);
    if (stray.length > 0) context.store.putSandbox(rowOf(sandbox));
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
  const targets = portTargets(context.registry, gatewaysOf(context.registry, sandbox.endpoints));
  return Promise.all(
    ports.map(async (port): Promise<PortBinding> => {
      try {
        const [binding] = await context.ports.reserve([port], sandbox.containerName, targets);
        if (binding) return binding;
      } catch (error) {
        const reason = messageOf(error);
        context.logger.warn('A published port is held by another program', { ...port, reason });
      }
      return { port, listener: noListener };
    }),
  );
}
