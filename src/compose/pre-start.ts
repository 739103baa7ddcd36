import { internal } from '../lib/errors.ts';
import type { CreateContainerBody } from '../wire/container.ts';
import { lastLines } from './hooks.ts';
import type { StartHook } from './model/lifecycle-types.ts';
import { defined } from './model/read.ts';
import type { Service } from './model/types.ts';
import { endpoints, networkMode } from './plan/endpoints.ts';
import type { Instance } from './plan/instance.ts';
import { COMPOSE_VERSION, label } from './plan/labels.ts';
import { imageName } from './plan/names.ts';
import { reported } from './progress.ts';
import type { Work } from './work.ts';

/**
 * Runs the `pre_start` hooks of a service that is about to start: each in a container of its own, with the volumes and networks of the
 * service. Once for all containers, or once for each where the hook says so. Throws when one does not end with 0.
 */
export async function runStartHooks(
  work: Work,
  service: Service,
  instances: readonly Instance[],
): Promise<void> {
  await removeLeftHooks(work, service);
  for (const [index, hook] of service.preStart.entries())
    for (const instance of hook.perReplica ? instances : instances.slice(0, 1))
      await runStartHook(work, service, instance, hook, index);
}

/** A hook that failed stays, to be looked at, until the service is started again. */
async function removeLeftHooks({ client, project }: Work, { name }: Service): Promise<void> {
  const left = await client.containers.list({
    all: true,
    filters: {
      label: [`${label.project}=${project.name}`, `${label.service}=${name}`, `${label.hook}=pre_start`],
    },
  });
  await Promise.all(left.map(({ Id }) => client.containers.remove(Id, { force: true, volumes: true })));
}

async function runStartHook(
  work: Work,
  service: Service,
  instance: Instance,
  hook: StartHook,
  index: number,
): Promise<void> {
  const { containers } = work.client;
  const name = `${instance.name}-pre-start-${index}`;
  await reported(work.report, 'Container', name, 'Starting', 'Exited', async () => {
    const { Id } = await containers.create(bodyOf(work, service, instance, hook), { name });
    const { done } = await containers.wait(Id, 'next-exit', work.signal);
    await containers.start(Id);
    const { StatusCode } = await done;
    if (StatusCode === 0) return containers.remove(Id, { force: true, volumes: true });
    let output = '';
    for await (const { data } of await containers.logs(Id, { tail: '5' })) output += data.toString();
    throw internal(
      `service ${JSON.stringify(service.name)} pre_start[${index}] exited with code ${StatusCode} (container ${name} is kept to be looked at)${lastLines(output)}`,
    );
  });
}

function bodyOf(
  { project }: Work,
  service: Service,
  instance: Instance,
  hook: StartHook,
): CreateContainerBody {
  const env = Object.entries({ ...service.environment, ...hook.environment });
  const oneOff = { name: `${instance.name}-pre-start`, slug: '', useAliases: false };
  return defined<CreateContainerBody>({
    Image: hook.image ?? imageName(project, service),
    Cmd: [...hook.command],
    User: hook.user,
    WorkingDir: hook.workingDir,
    Env: env.map(([key, value]) => `${key}=${value}`),
    Labels: {
      [label.project]: project.name,
      [label.service]: service.name,
      [label.version]: COMPOSE_VERSION,
      [label.hook]: 'pre_start',
    },
    HostConfig: {
      Privileged: hook.privileged,
      VolumesFrom: [instance.id],
      NetworkMode: networkMode(project, service),
    },
    NetworkingConfig: {
      EndpointsConfig: endpoints(
        project,
        { ...service, links: [], networks: withoutAddresses(service) },
        { oneOff, imageId: '', containersOf: () => [] },
      ),
    },
  });
}

/** The addresses of a service are its own containers'. */
const withoutAddresses = ({ networks }: Service): Service['networks'] =>
  new Map(
    [...networks].map(([key, { ipv4: _4, ipv6: _6, mac: _mac, ...network }]) => [
      key,
      { ...network, linkLocalIps: [] },
    ]),
  );
