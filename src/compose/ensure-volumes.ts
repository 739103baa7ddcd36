import type { Client } from '../client/client.ts';
import { notFound } from '../lib/errors.ts';
import type { Project, ProjectVolume, Service } from './model/types.ts';
import { volumeHash } from './plan/config-hash.ts';
import { resourceLabels } from './plan/labels.ts';
import { type Report, reported } from './progress.ts';

/** Makes the named volumes that these services use and that are not there. External ones must be there. */
export async function ensureVolumes(
  client: Client,
  project: Project,
  services: readonly Service[],
  report: Report,
): Promise<void> {
  const used = new Set(
    services.flatMap(({ volumes }) =>
      volumes.flatMap(({ type, source }) => (type === 'volume' && source !== undefined ? [source] : [])),
    ),
  );
  const wanted = [...project.volumes.values()].filter(({ key }) => used.has(key));
  if (wanted.length === 0) return;
  const { Volumes } = await client.volumes.list();
  const existing = new Set((Volumes ?? []).map(({ Name }) => Name));
  for (const volume of wanted)
    if (!existing.has(volume.name)) await createVolume(client, project, volume, report);
}

async function createVolume(
  client: Client,
  project: Project,
  volume: ProjectVolume,
  report: Report,
): Promise<void> {
  if (volume.external) throw notFound(`external volume ${JSON.stringify(volume.name)} not found`);
  await reported(report, 'Volume', volume.name, 'Creating', 'Created', () =>
    client.volumes.create({
      Name: volume.name,
      Driver: volume.driver ?? 'local',
      DriverOpts: { ...volume.driverOptions },
      Labels: resourceLabels('volume', project, volume, volumeHash(project, volume)),
    }),
  );
}
