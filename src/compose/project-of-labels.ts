import { noOrigins } from './load/origins.ts';
import type { Client } from '../client/client.ts';
import type { ContainerSummary } from '../wire/container.ts';
import { mapTree, type Place } from './load/tree.ts';
import { readService } from './model/service.ts';
import type { Dependency, DependencyCondition, Project, Service } from './model/types.ts';
import { label } from './plan/labels.ts';
import { observe } from './plan/observe.ts';

/** A project as its containers tell it: which services there are and what they depend on, for commands that have no files. */
export async function projectOfLabels(
  client: Client,
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<Project> {
  const { byService } = await observe(client, name);
  const place = placeOf(name);
  const services = new Map<string, Service>();
  for (const [service, containers] of byService) {
    services.set(service, {
      ...readService(service, mapTree(place, []), environment),
      replicas: containers.length,
      dependsOn: dependenciesOf(containers[0], place),
    });
  }
  return { ...withoutFiles(name, environment), services };
}

/** A project that no files tell of. */
export const withoutFiles = (name: string, environment: Readonly<Record<string, string>>): Project => ({
  name,
  workingDir: '',
  files: [],
  envFiles: [],
  services: new Map(),
  disabled: new Map(),
  networks: new Map(),
  volumes: new Map(),
  configs: new Map(),
  secrets: new Map(),
  models: new Map(),
  tree: mapTree(placeOf(name), []),
  environment,
  warnings: [],
  notes: [],
  origins: noOrigins(),
});

const placeOf = (name: string): Place => ({ file: `project ${name}`, line: 1, column: 1 });

/** `db:service_healthy:false,…`, as Compose notes it on containers. */
function dependenciesOf(container: ContainerSummary | undefined, place: Place): Map<string, Dependency> {
  const text = container?.Labels[label.dependsOn] ?? '';
  return new Map(
    text
      .split(',')
      .filter((item) => item !== '')
      .map((item) => {
        const [name = '', condition = 'service_started', restart] = item.split(':');
        const dependency = {
          condition: condition as DependencyCondition,
          restart: restart === 'true',
          required: false,
          place,
        };
        return [name, dependency];
      }),
  );
}
