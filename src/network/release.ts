import type { NetworkContext } from './context.ts';
import { freeEndpoint } from './endpoint.ts';
import { gatewaysOf } from './gateways.ts';
import { publishEndpoint } from './publish.ts';
import { type OpenSandbox, portRules, publishedPorts, udpAddresses } from './sandbox.ts';
import type { PortRule } from './worker/protocol.ts';

/** Frees everything of a container's sandbox. Does nothing when it has none. */
export async function releaseSandbox(context: NetworkContext, containerId: string): Promise<void> {
  const sandbox = context.sandboxes.get(containerId);
  if (!sandbox) return;
  const rules = rulesOf(context, sandbox);
  context.sandboxes.delete(containerId);
  const released = context.worker.request('release', {
    container: containerId,
    ports: rules,
    forget: udpAddresses(rules),
  });
  sandbox.dnsServer?.close();
  for (const { endpoint } of sandbox.endpoints) {
    const network = context.registry.find(endpoint.networkId);
    network?.removeEndpoint(containerId);
    if (network) freeEndpoint(network, endpoint);
  }
  context.store.removeSandbox(containerId);
  if (!sandbox.isQuiet)
    for (const { endpoint } of sandbox.endpoints) publishEndpoint(context, endpoint, 'disconnect');
  try {
    await released;
  } finally {
    // not before the rules are gone: another engine that takes the port would have its connections led astray
    for (const { listener } of sandbox.ports) listener.close();
  }
}

export function rulesOf(context: NetworkContext, sandbox: OpenSandbox): PortRule[] {
  const { registry } = context;
  return portRules(registry, publishedPorts(sandbox), gatewaysOf(registry, sandbox.endpoints));
}
