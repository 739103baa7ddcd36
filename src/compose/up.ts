import type { Client } from '../client/client.ts';
import { invalid } from '../lib/errors.ts';
import { Semaphore } from '../lib/semaphore.ts';
import { didYouMean } from '../lib/suggest.ts';
import { checkSupported } from './check-supported.ts';
import { type Created, createContainers, type CreateOptions } from './create.ts';
import { ensureNetworks, networksUsedBy } from './ensure-networks.ts';
import { type Confirm, ensureVolumes, volumesUsedBy } from './ensure-volumes.ts';
import { ensureImages, type ImageOptions } from './images.ts';
import { untilUndisturbed } from './meanwhile.ts';
import { checkContainerNames } from './model/check-project.ts';
import type { Project, Service } from './model/types.ts';
import { handleOrphans } from './orphans.ts';
import { selectServices } from './plan/graph.ts';
import { observe } from './plan/observe.ts';
import type { Report } from './progress.ts';
import type { StartAllOptions } from './start-all.ts';
import { AT_ONCE, type Work } from './work.ts';

export interface UpOptions extends CreateOptions, ImageOptions, StartAllOptions {
  /** Number of containers by service, over the file's. */
  readonly scale?: ReadonlyMap<string, number>;
  /** Services to bring up with what they need; all when none. */
  readonly services?: readonly string[];
  readonly noDeps?: boolean;
  readonly noStart?: boolean;
  readonly removeOrphans?: boolean;
  readonly ignoreOrphans?: boolean;
  /** Make networks and volumes, too, that no service uses. */
  readonly allResources?: boolean;
  readonly confirm?: Confirm;
  /** How much the engine is asked for at once. */
  readonly parallel?: number;
  /** Called when all containers exist and before they start, so that no output is missed. */
  readonly onCreated?: (created: Created) => Promise<void>;
}

/** Brings a project up: images, networks, volumes, containers, then starts by the dependencies. */
export async function up(
  client: Client,
  declared: Project,
  report: Report,
  options: UpOptions = {},
): Promise<Created> {
  const usesSocket = [...declared.services.values()].some(({ useApiSocket }) => useApiSocket);
  const project = withScale(
    usesSocket ? await (await import('./api-socket.ts')).withApiSocket(client, declared, options) : declared,
    options.scale ?? new Map(),
  );
  const services = chosenServices(project, options);
  checkSupported(services);
  checkContainerNames(project, services);
  const work: Work = {
    client,
    project,
    report,
    slots: new Semaphore(options.parallel ?? AT_ONCE),
    ...(options.signal && { signal: options.signal }),
    dryRun: options.dryRun ?? false,
  };
  let isTold = false;
  return untilUndisturbed(work, async () => {
    const created = await createAll(work, services, options);
    if (options.noStart) return created;
    if (!isTold) await options.onCreated?.(created);
    isTold = true;
    if (!hasToStart(services, created, options)) return created;
    const { startAll } = await import('./start-all.ts'); // most runs of `up` change nothing
    await startAll(work, services, created, options);
    return created;
  });
}

/** Numbers of containers over those of the files. */
function withScale(project: Project, scale: ReadonlyMap<string, number>): Project {
  if (scale.size === 0) return project;
  const services = [...project.services].map(([name, service]): [string, Service] => [
    name,
    { ...service, replicas: scale.get(name) ?? service.replicas },
  ]);
  return { ...project, services: new Map(services) };
}

const hasToStart = (
  services: readonly Service[],
  { containers, rolling }: Created,
  { wait, waitFor }: UpOptions,
): boolean =>
  wait ||
  waitFor !== undefined ||
  rolling.size > 0 ||
  services.some(
    ({ name, dependsOn }) =>
      (containers.get(name) ?? []).some(({ running }) => !running) ||
      [...dependsOn.values()].some(({ condition }) => condition !== 'service_started'),
  );

/** Everything but the start. What is known about the project is asked for at once. */
async function createAll(work: Work, services: readonly Service[], options: UpOptions): Promise<Created> {
  const { client, project } = work;
  const { allResources = false } = options;
  const networks = allResources ? [...project.networks.values()] : networksUsedBy(project, services);
  const volumes = allResources ? [...project.volumes.values()] : volumesUsedBy(project, services);
  let isLate = false; // images took their time: others may have changed something meanwhile
  const report: Report = (progress) => {
    isLate ||= progress.kind === 'Image';
    work.report(progress);
  };
  const [imageIds, seen, foundNetworks, foundVolumes] = await Promise.all([
    ensureImages({ ...work, report }, services, options),
    observe(client, project.name),
    networks.length > 0 ? client.networks.list({ name: networks.map(({ name }) => name) }) : [],
    volumes.length > 0 ? client.volumes.list({ name: volumes.map(({ name }) => name) }) : { Volumes: [] },
  ]);
  const { ids: networkIds, disturbed } = await ensureNetworks(work, networks, foundNetworks, services, seen);
  const isChanged = await ensureVolumes(
    work,
    volumes,
    foundVolumes.Volumes ?? [],
    seen,
    options.confirm ?? (() => Promise.resolve(false)),
  );
  const observed = disturbed || isChanged || isLate ? await observe(client, project.name) : seen;
  await handleOrphans(work, observed, {
    remove: options.removeOrphans ?? false,
    ignore: options.ignoreOrphans ?? false,
  });
  const named = new Set(options.services?.length ? options.services : project.services.keys());
  return createContainers(work, services, { imageIds, networkIds, observed, named }, options);
}

export function chosenServices(
  project: Project,
  { services = [], noDeps = false }: Pick<UpOptions, 'services' | 'noDeps'>,
): Service[] {
  for (const name of services) {
    if (!project.services.has(name))
      throw invalid(`no such service: ${name}${didYouMean(name, project.services.keys())}`);
  }
  const chosen = selectServices(project, services, noDeps);
  if (chosen.length === 0) throw invalid('no service selected');
  return chosen;
}
