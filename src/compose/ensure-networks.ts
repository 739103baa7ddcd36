import { conflict, internal, kindOf, messageOf, notFound } from '../lib/errors.ts';
import type { ContainerSummary } from '../wire/container.ts';
import type { CreateNetworkBody, NetworkInspect } from '../wire/network.ts';
import { allOf } from './meanwhile.ts';
import type { Project, ProjectNetwork, Service } from './model/types.ts';
import { networkHash } from './plan/config-hash.ts';
import { endpoints, networksOf } from './plan/endpoints.ts';
import { label, resourceLabels } from './plan/labels.ts';
import { instanceOf, nameOf, type Observed, serviceOf } from './plan/observe.ts';
import { stopInstances } from './stop.ts';
import { step, type Work } from './work.ts';

/** The networks of a project by their keys, as far as these services use them. */
export interface Networks {
  /** Key → id in the engine. */
  readonly ids: ReadonlyMap<string, string>;
  /** Containers were stopped and taken from a network that was made anew. */
  readonly disturbed: boolean;
}

/** Networks that these services use. */
export function networksUsedBy(project: Project, services: readonly Service[]): ProjectNetwork[] {
  const used = new Set(services.flatMap(networksOf).map(([key]) => key));
  return [...project.networks.values()].filter(({ key }) => used.has(key));
}

/**
 * Makes those of the networks that are not there, and makes those anew whose configuration changed; external ones must be there.
 * `found` are those that have their names, or more.
 */
export async function ensureNetworks(
  work: Work,
  wanted: readonly ProjectNetwork[],
  found: readonly NetworkInspect[],
  services: readonly Service[],
  observed: Observed,
): Promise<Networks> {
  const results = await allOf(
    wanted.map(async (network) => {
      const there = choose(work.project, network, found);
      if (!there) return { id: await createNetwork(work, network), disturbed: false };
      if (network.external) return { id: there.Id, disturbed: false };
      checkOwner(work, network, there);
      const hash = there.Labels?.[label.configHash] ?? '';
      if (hash === '' || hash === networkHash(work.project, network))
        return { id: there.Id, disturbed: false };
      const attached = await removeDiverged(work, network, there, services, observed);
      const id = await createNetwork(work, network);
      await reconnect(work, network, id, services, attached);
      return { id, disturbed: true };
    }),
  );
  return {
    ids: new Map(wanted.map(({ key }, index) => [key, results[index]?.id ?? ''])),
    disturbed: results.some(({ disturbed }) => disturbed),
  };
}

/** Names of networks need not be unique: the project's own one counts first. */
function choose(
  project: Project,
  { name, key, external }: ProjectNetwork,
  found: readonly NetworkInspect[],
): NetworkInspect | undefined {
  const named = found.filter(({ Name, Id }) => Name === name || (external && Id === name));
  const isOwn = ({ Labels }: NetworkInspect): boolean =>
    Labels?.[label.project] === project.name && Labels[label.network] === key;
  if (external && named.length > 1)
    throw conflict(
      `multiple networks with name ${JSON.stringify(name)} were found. Use network ID as \`name\` to avoid ambiguity`,
    );
  return named.find(isOwn) ?? named[0];
}

function checkOwner({ project, report }: Work, network: ProjectNetwork, { Labels }: NetworkInspect): void {
  const owner = Labels?.[label.project];
  const warn = (why: string): void =>
    report({
      kind: 'Network',
      name: network.name,
      status: `a network with name ${network.name} exists but was not created ${why}. Set \`external: true\` to use an existing network`,
      state: 'warning',
    });
  if (owner === undefined) warn('by compose');
  else if (owner !== project.name) warn(`for project ${JSON.stringify(project.name)}`);
  const key = Labels?.[label.network];
  if (key !== network.key)
    throw conflict(
      `network ${network.name} was found but has incorrect label ${label.network} set to ${JSON.stringify(key ?? '')} (expected: ${JSON.stringify(network.key)})`,
    );
}

/** Takes the containers from a network, so that it can be removed. Returns them: stopped, for the new one. */
async function removeDiverged(
  work: Work,
  network: ProjectNetwork,
  { Id }: NetworkInspect,
  services: readonly Service[],
  observed: Observed,
): Promise<readonly ContainerSummary[]> {
  const names = new Set(services.map(({ name }) => name));
  const attached = [...observed.byService.values()].flat().filter((container) => isIn(container, Id));
  const others = attached.filter((container) => !names.has(serviceOf(container)));
  if (others.length > 0)
    throw conflict(
      `network ${network.name} has another configuration now, and ${others.map(nameOf).join(', ')} would lose it: bring up all services that use it together`,
    );
  await stopInstances(work, attached.map(instanceOf), {});
  await Promise.all(
    attached.map(({ Id: container }) => work.client.networks.disconnect(Id, container, true)),
  );
  await work.client.networks.remove(Id);
  work.report({ kind: 'Network', name: network.name, status: 'Removed', state: 'done' });
  return attached;
}

/** Containers that were in the network before are in the new one; they need not be made anew. */
async function reconnect(
  { client, project, dryRun }: Work,
  network: ProjectNetwork,
  id: string,
  services: readonly Service[],
  containers: readonly ContainerSummary[],
): Promise<void> {
  if (dryRun) return;
  await Promise.all(
    containers.map(async (container) => {
      const service = services.find(({ name }) => name === serviceOf(container));
      if (!service) return;
      const all = endpoints(project, service, {
        number: instanceOf(container).number,
        imageId: '',
        containersOf: () => [],
      });
      await client.networks.connect(id, container.Id, all[network.name]);
    }),
  );
}

const isIn = ({ NetworkSettings }: ContainerSummary, id: string): boolean =>
  Object.values(NetworkSettings.Networks).some(({ NetworkID }) => NetworkID === id);

async function createNetwork(work: Work, network: ProjectNetwork): Promise<string> {
  if (network.external)
    throw notFound(`network ${network.name} declared as external, but could not be found`);
  return step(work, 'Network', network.name, ['Creating', 'Created'], async () => {
    try {
      return (await work.client.networks.create(bodyOf(work.project, network))).Id;
    } catch (error) {
      const made = kindOf(error) === 'conflict' ? await madeMeanwhile(work, network) : undefined;
      if (made) return made.Id;
      throw internal(`failed to create network ${network.name}: ${messageOf(error)}`, error);
    }
  });
}

/** Another `up` or `run` of the project may have been faster. */
const madeMeanwhile = async (
  { client, project }: Work,
  network: ProjectNetwork,
): Promise<NetworkInspect | undefined> =>
  choose(project, network, await client.networks.list({ name: [network.name] }));

function bodyOf(project: Project, network: ProjectNetwork): CreateNetworkBody {
  const { ipam } = network;
  return {
    Name: network.name,
    Driver: network.driver ?? 'bridge',
    Internal: network.internal,
    Attachable: network.attachable,
    ...(network.enableIpv4 !== undefined && { EnableIPv4: network.enableIpv4 }),
    ...(network.enableIpv6 !== undefined && { EnableIPv6: network.enableIpv6 }),
    ...((ipam.driver !== undefined || ipam.config.length > 0) && {
      IPAM: {
        ...(ipam.driver !== undefined && { Driver: ipam.driver }),
        ...(Object.keys(ipam.options).length > 0 && { Options: { ...ipam.options } }),
        Config: ipam.config.map(({ subnet, ipRange, gateway, auxAddresses }) => ({
          ...(subnet !== undefined && { Subnet: subnet }),
          ...(ipRange !== undefined && { IPRange: ipRange }),
          ...(gateway !== undefined && { Gateway: gateway }),
          ...(Object.keys(auxAddresses).length > 0 && { AuxiliaryAddresses: { ...auxAddresses } }),
        })),
      },
    }),
    Options: { ...network.driverOptions },
    Labels: resourceLabels('network', project, network, networkHash(project, network)),
  };
}
