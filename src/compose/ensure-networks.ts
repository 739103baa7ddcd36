import type { Client } from '../client/client.ts';
import { conflict, notFound } from '../lib/errors.ts';
import type { NetworkInspect } from '../wire/network.ts';
import type { Project, ProjectNetwork, Service } from './model/types.ts';
import { networkHash } from './plan/config-hash.ts';
import { label, resourceLabels } from './plan/labels.ts';
import { type Report, reported } from './progress.ts';

/** Makes the networks that these services use and that are not there. External ones must be there. */
export async function ensureNetworks(
  client: Client,
  project: Project,
  services: readonly Service[],
  report: Report,
): Promise<void> {
  const used = new Set(services.flatMap(networkKeys));
  const wanted = [...project.networks.values()].filter(({ key }) => used.has(key));
  if (wanted.length === 0) return;
  const listed = await client.networks.list({ name: wanted.map(({ name }) => name) });
  const existing = new Map(listed.map((network) => [network.Name, network]));
  for (const network of wanted) {
    const found = existing.get(network.name);
    if (!found) await createNetwork(client, project, network, report);
    else if (!network.external) checkOwner(project, found);
  }
}

function networkKeys({ networkMode, networks }: Service): string[] {
  if (networkMode !== undefined) return [];
  return networks.size > 0 ? [...networks.keys()] : ['default'];
}

function checkOwner(project: Project, { Name, Labels }: NetworkInspect): void {
  const owner = Labels[label.project];
  if (owner !== undefined && owner !== project.name)
    throw conflict(
      `network ${Name} belongs to the project ${owner}: give this one a name of its own, or declare it external`,
    );
}

async function createNetwork(
  client: Client,
  project: Project,
  network: ProjectNetwork,
  report: Report,
): Promise<void> {
  if (network.external)
    throw notFound(`network ${network.name} declared as external, but could not be found`);
  await reported(report, 'Network', network.name, 'Creating', 'Created', () =>
    client.networks.create({
      Name: network.name,
      Driver: network.driver ?? 'bridge',
      Internal: network.internal,
      Attachable: network.attachable,
      ...(network.enableIpv6 !== undefined && { EnableIPv6: network.enableIpv6 }),
      IPAM: {
        Driver: network.ipam.driver ?? 'default',
        Options: { ...network.ipam.options },
        Config: network.ipam.config.map(({ subnet, ipRange, gateway }) => ({
          ...(subnet !== undefined && { Subnet: subnet }),
          ...(ipRange !== undefined && { IPRange: ipRange }),
          ...(gateway !== undefined && { Gateway: gateway }),
        })),
      },
      Options: { ...network.driverOptions },
      Labels: resourceLabels('network', project, network, networkHash(project, network)),
    }),
  );
}
