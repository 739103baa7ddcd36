import { notFound } from '../lib/errors.ts';
import type { VolumeInspect } from '../wire/volume.ts';
import type { Project, ProjectVolume, Service } from './model/types.ts';
import { volumeHash } from './plan/config-hash.ts';
import { label, resourceLabels } from './plan/labels.ts';
import { instanceOf, type Observed } from './plan/observe.ts';
import { stopInstances } from './stop.ts';
import { step, type Work } from './work.ts';

/** Asked before data is lost; the answer is no where nobody can be asked. */
export type Confirm = (question: string) => Promise<boolean>;

/** Named volumes that these services mount. */
export function volumesUsedBy(project: Project, services: readonly Service[]): ProjectVolume[] {
  const used = new Set(
    services.flatMap(({ volumes }) =>
      volumes.flatMap(({ type, source }) => (type === 'volume' && source !== undefined ? [source] : [])),
    ),
  );
  return [...project.volumes.values()].filter(({ key }) => used.has(key));
}

/**
 * Makes those of the volumes that are not there, and, when the user agrees, makes those anew whose configuration changed, for which
 * the containers that mount them are removed. External ones must be there. Tells whether containers were removed.
 */
export async function ensureVolumes(
  work: Work,
  wanted: readonly ProjectVolume[],
  found: readonly VolumeInspect[],
  observed: Observed,
  confirm: Confirm,
): Promise<boolean> {
  let disturbed = false;
  const known = new Map(found.map((volume) => [volume.Name, volume]));
  for (const volume of wanted) {
    const there = known.get(volume.name);
    if (there) {
      if (volume.external || !(await isToBeRemade(work, volume, there, confirm))) continue;
      await removeDiverged(work, volume, observed);
      disturbed = true;
    }
    await createVolume(work, volume);
  }
  return disturbed;
}

async function isToBeRemade(
  { project, report }: Work,
  volume: ProjectVolume,
  { Labels }: VolumeInspect,
  confirm: Confirm,
): Promise<boolean> {
  const owner = Labels?.[label.project];
  const warn = (what: string): void =>
    report({
      kind: 'Volume',
      name: volume.name,
      status: `volume ${JSON.stringify(volume.name)} already exists but was ${what}. Use \`external: true\` to use an existing volume`,
      state: 'warning',
    });
  if (owner === undefined) warn('not created by Docker Compose');
  else if (owner !== project.name)
    warn(`created for project ${JSON.stringify(owner)} (expected ${JSON.stringify(project.name)})`);
  const hash = Labels?.[label.configHash];
  if (hash === undefined || hash === volumeHash(project, volume)) return false;
  return confirm(
    `Volume ${JSON.stringify(volume.name)} exists but doesn't match configuration in compose file. Recreate (data will be lost)?`,
  );
}

async function removeDiverged(work: Work, { name }: ProjectVolume, observed: Observed): Promise<void> {
  const users = [...observed.byService.values()]
    .flat()
    .filter(({ Mounts }) => Mounts.some(({ Type, Name }) => Type === 'volume' && Name === name))
    .map(instanceOf);
  await stopInstances(work, users, {});
  await Promise.all(
    users.map((instance) =>
      step(work, 'Container', instance.name, ['Removing', 'Removed'], () =>
        work.client.containers.remove(instance.id, { force: true }),
      ),
    ),
  );
  await step(work, 'Volume', name, ['Removing', 'Removed'], () =>
    work.client.volumes.remove(name, { force: true }),
  );
}

async function createVolume(work: Work, volume: ProjectVolume): Promise<void> {
  if (volume.external) throw notFound(`external volume ${JSON.stringify(volume.name)} not found`);
  await step(work, 'Volume', volume.name, ['Creating', 'Created'], () =>
    work.client.volumes.create({
      Name: volume.name,
      Driver: volume.driver ?? 'local',
      DriverOpts: { ...volume.driverOptions },
      Labels: resourceLabels('volume', work.project, volume, volumeHash(work.project, volume)),
    }),
  );
}
