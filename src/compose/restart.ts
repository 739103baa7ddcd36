import type { Client } from '../client/client.ts';
import { Semaphore } from '../lib/semaphore.ts';
import { runHooks } from './hooks.ts';
import type { Dependency, Project, Service } from './model/types.ts';
import { walkGraph } from './plan/graph.ts';
import { instanceOf, observe } from './plan/observe.ts';
import { reported, type Report } from './progress.ts';
import { ProjectEvents } from './project-events.ts';
import { waitForDependencies } from './wait.ts';
import { AT_ONCE, type Work } from './work.ts';

export interface RestartOptions {
  readonly services: readonly string[];
  readonly noDeps: boolean;
  /** Seconds */
  readonly timeout?: number | undefined;
  readonly parallel?: number;
}

/** Restarts the containers of these services (of all when none), and of those that depend on them with `restart: true`. */
export async function restartContainers(
  client: Client,
  project: Project,
  report: Report,
  options: RestartOptions,
): Promise<void> {
  const work: Work = { client, project, report, slots: new Semaphore(options.parallel ?? AT_ONCE) };
  const observed = await observe(client, project.name);
  const services = affected(project, options).map(withoutOthers);
  using events = new ProjectEvents(client, project.name);
  const waiting = {
    events,
    services: new Map(services.map((service) => [service.name, service])),
    containers: new Map([...observed.byService].map(([name, items]) => [name, items.map(instanceOf)])),
  };
  await walkGraph(services, async (service) => {
    await waitForDependencies(work, service.name, service.dependsOn, waiting);
    await Promise.all(
      (waiting.containers.get(service.name) ?? []).map(async (instance) => {
        if (instance.running) await runHooks(work, instance, service.preStop);
        await reported(report, 'Container', instance.name, 'Restarting', 'Started', () =>
          work.slots.run(() => client.containers.restart(instance.id, { timeout: options.timeout })),
        );
        await runHooks(work, instance, service.postStart);
      }),
    );
  });
}

function affected(project: Project, { services, noDeps }: RestartOptions): Service[] {
  const all = [...project.services.values()];
  if (services.length === 0) return all;
  const chosen = new Set(services);
  for (const name of noDeps ? [] : chosen)
    for (const { name: dependent, dependsOn } of all) if (dependsOn.get(name)?.restart) chosen.add(dependent); // a Set's loop meets what is added
  return all.filter(({ name }) => chosen.has(name));
}

/** Only dependencies that are restarted with it matter. */
const withoutOthers = (service: Service): Service => ({
  ...service,
  dependsOn: new Map<string, Dependency>([...service.dependsOn].filter(([, { restart }]) => restart)),
});
