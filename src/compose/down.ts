import type { Client } from '../client/client.ts';
import { invalid, kindOf } from '../lib/errors.ts';
import { Semaphore } from '../lib/semaphore.ts';
import { didYouMean } from '../lib/suggest.ts';
import { familiarName, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { NetworkInspect } from '../wire/network.ts';
import { allOf } from './meanwhile.ts';
import type { Project, Service } from './model/types.ts';
import { networksUsedBy } from './ensure-networks.ts';
import { volumesUsedBy } from './ensure-volumes.ts';
import { orphansOf, removeContainers } from './orphans.ts';
import { selectServices, walkGraph } from './plan/graph.ts';
import { imageName } from './plan/names.ts';
import { label } from './plan/labels.ts';
import { containersOf, nameOf, observe, type Observed } from './plan/observe.ts';
import type { ComposeProgress, Report } from './progress.ts';
import { AT_ONCE, type Work } from './work.ts';

export interface DownOptions {
  readonly volumes?: boolean;
  readonly removeOrphans?: boolean;
  /** `all`, `local` */
  readonly images?: string | undefined;
  /** Seconds */
  readonly timeout?: number | undefined;
  /** Only these services. */
  readonly services?: readonly string[];
  readonly parallel?: number;
  readonly dryRun?: boolean;
}

/** Stops and removes what `up` made: containers (dependents first), networks and, when asked for, volumes and images. */
export async function down(
  client: Client,
  project: Project,
  report: Report,
  options: DownOptions = {},
): Promise<void> {
  const work: Work = {
    client,
    project,
    report,
    slots: new Semaphore(options.parallel ?? AT_ONCE),
    dryRun: options.dryRun ?? false,
  };
  const [observed, allNetworks, allVolumes] = await Promise.all([
    observe(client, project.name),
    client.networks.list({ label: [`${label.project}=${project.name}`] }),
    options.volumes ? volumesOf(work) : [],
  ]);
  const { networks, volumes } = resourcesOf(project, options.services ?? [], allNetworks, allVolumes);
  const services = knownServices(project, observed, options.services ?? []);
  if (!options.services?.length) tellRemaining(work, observed);
  await walkGraph(
    services,
    async (service) => {
      if (service.provider)
        await (await import('./provider.ts')).runProvider(work, service, service.provider, 'down');
      await removeContainers(work, containersOf(observed, [service.name]), options);
    },
    { reverse: true },
  );
  const named = options.services?.length ? new Set(options.services) : undefined;
  await removeContainers(work, named ? [] : observed.hooks, options);
  if (!named || options.removeOrphans)
    await removeContainers(work, options.removeOrphans ? orphansAndOneOffs(project, observed) : [], options);
  const images =
    options.images === undefined
      ? []
      : await imagesOf(work, named ? services : [...project.services.values()], options);
  const found = observed.byService.size + networks.length + volumes.length + images.length;
  if (found === 0 && project.files.length === 0)
    report({
      kind: 'Project',
      name: project.name,
      status: `No resource found to remove for project ${JSON.stringify(project.name)}.`,
      state: 'warning',
    });
  await allOf([
    ...freeNetworks(networks, observed, named).map(({ Id, Name }) =>
      remove(work, 'Network', Name, () => client.networks.remove(Id)),
    ),
    ...volumes.map((name) =>
      remove(work, 'Volume', name, () => client.volumes.remove(name, { force: true })),
    ),
    ...images.map((name) => remove(work, 'Image', name, () => client.images.remove(name))),
  ]);
}

/** Where only some services go down, what they and what they need use. */
function resourcesOf(
  project: Project,
  named: readonly string[],
  networks: readonly NetworkInspect[],
  volumes: readonly string[],
): { readonly networks: readonly NetworkInspect[]; readonly volumes: readonly string[] } {
  if (named.length === 0 || project.files.length === 0) return { networks, volumes };
  const services = selectServices(project, named);
  const used = new Set(networksUsedBy(project, services).map(({ name }) => name));
  const kept = new Set(volumesUsedBy(project, services).map(({ name }) => name));
  return {
    networks: networks.filter(({ Name }) => used.has(Name)),
    volumes: volumes.filter((name) => kept.has(name)),
  };
}

function knownServices(project: Project, observed: Observed, named: readonly string[]): Service[] {
  const all = new Map([...project.services, ...(named.length > 0 ? project.disabled : [])]);
  for (const name of named)
    if (!all.has(name)) throw invalid(`no such service: ${name}${didYouMean(name, all.keys())}`);
  const isThere = ({ name, provider }: Service): boolean =>
    observed.byService.has(name) || (provider !== undefined && project.services.has(name));
  return [...all.values()].filter((service) =>
    named.length === 0 ? isThere(service) : named.includes(service.name),
  );
}

/** What a profile has started that is not switched on stays, as with Docker, and so do its networks: better told than found out. */
function tellRemaining({ project, report }: Work, { byService }: Observed): void {
  for (const { name, profiles } of project.disabled.values())
    for (const container of byService.get(name) ?? [])
      report({
        kind: 'Container',
        name: nameOf(container),
        status: `it stays, for the profile of its service is off: --profile ${profiles[0]} takes it down, too`,
        state: 'warning',
      });
}

const orphansAndOneOffs = (project: Project, observed: Observed) => [
  ...new Set([...orphansOf(project, observed), ...observed.oneOffs]),
];

/** Where only some services go down, networks stay that others are in, running or not. */
function freeNetworks(
  networks: readonly NetworkInspect[],
  observed: Observed,
  gone: ReadonlySet<string> | undefined,
): NetworkInspect[] {
  if (!gone) return [...networks];
  const used = new Set(
    [...observed.byService]
      .filter(([service]) => !gone.has(service))
      .flatMap(([, containers]) => containers)
      .flatMap(({ NetworkSettings }) => Object.keys(NetworkSettings.Networks)),
  );
  return networks.filter(({ Name }) => !used.has(Name));
}

async function volumesOf({ client, project }: Work): Promise<string[]> {
  const { Volumes } = await client.volumes.list({ label: [`${label.project}=${project.name}`] });
  const external = new Set(
    [...project.volumes.values()].filter((volume) => volume.external).map(({ name }) => name),
  );
  return (Volumes ?? []).map(({ Name }) => Name).filter((name) => !external.has(name));
}

/** `local`: those that the project built; `all`: those of the services, too. Each with its tag. */
async function imagesOf(
  { client, project }: Work,
  services: readonly Service[],
  { images: which, removeOrphans = false }: DownOptions,
): Promise<string[]> {
  const known = new Set(services.map(({ name }) => name));
  const labelled = await client.images.list({ filters: { label: [`${label.project}=${project.name}`] } });
  const built = labelled.flatMap(({ RepoTags, Labels }) =>
    removeOrphans || known.has(Labels?.[label.service] ?? '') ? (RepoTags?.slice(0, 1) ?? []) : [],
  );
  const names = services.flatMap((service) =>
    service.image === undefined ? [imageName(project, service)] : which === 'all' ? [service.image] : [],
  );
  return [...new Set([...names, ...built].map((name) => familiarName(withDefaultTag(parseReference(name)))))];
}

/** Removes what may be gone already, and leaves what somebody else uses. */
async function remove(
  { report, slots }: Work,
  kind: ComposeProgress['kind'],
  name: string,
  action: () => Promise<unknown>,
): Promise<void> {
  const tell = (status: string, state: ComposeProgress['state']): void =>
    report({ kind, name, status, state });
  await slots.run(async () => {
    tell('Removing', 'working');
    try {
      await action();
      tell('Removed', 'done');
    } catch (error) {
      const isUsed = kindOf(error) === 'conflict' || (kindOf(error) === 'forbidden' && kind === 'Network');
      if (isUsed) return tell('Resource is still in use', 'failed');
      if (kindOf(error) === 'not-found') return tell('No resource found to remove', 'done');
      tell('Error', 'failed');
      throw error;
    }
  });
}
