import type { Client } from '../client/client.ts';
import { kindOf } from '../lib/errors.ts';
import { Semaphore } from '../lib/semaphore.ts';
import { allOf } from './meanwhile.ts';
import type { Project } from './model/types.ts';
import { walkGraph } from './plan/graph.ts';
import type { Instance } from './plan/instance.ts';
import { containersOf, instanceOf, observe } from './plan/observe.ts';
import type { Report } from './progress.ts';
import { AT_ONCE, step, type Work } from './work.ts';

export interface StopOptions {
  /** Seconds */
  readonly timeout?: number | undefined;
  /** Aborted when the user does not want to wait any longer: what still runs is killed. */
  readonly force?: AbortSignal;
}

/** Stops the containers of a project (of these services, when some are named), dependents first. */
export async function stopContainers(
  client: Client,
  project: Project,
  report: Report,
  options: StopOptions & { readonly services?: readonly string[]; readonly parallel?: number } = {},
): Promise<void> {
  const work: Work = { client, project, report, slots: new Semaphore(options.parallel ?? AT_ONCE) };
  const observed = await observe(client, project.name);
  const wanted = options.services ?? [];
  const services = [...project.services.values()].filter(
    ({ name }) => wanted.length === 0 || wanted.includes(name),
  );
  await walkGraph(
    services,
    ({ name }) => stopInstances(work, containersOf(observed, [name]).map(instanceOf), options),
    { reverse: true },
  );
}

/** Stops the containers, each after the hooks of its service; of those that don't run it only says so. */
export async function stopInstances(
  work: Work,
  instances: readonly Instance[],
  options: StopOptions,
): Promise<void> {
  await allOf(instances.map((instance) => stopOne(work, instance, options)));
}

async function stopOne(work: Work, instance: Instance, { timeout, force }: StopOptions): Promise<void> {
  const { client, project } = work;
  const kill = (): void => void client.containers.kill(instance.id).catch(() => {}); // it may have ended
  if (force?.aborted) kill();
  force?.addEventListener('abort', kill, { once: true });
  const hooks = (project.services.get(instance.service) ?? project.disabled.get(instance.service))?.preStop;
  try {
    await step(work, 'Container', instance.name, ['Stopping', 'Stopped'], async () => {
      if (!instance.running) return;
      if (hooks && hooks.length > 0) {
        const { runHooks } = await import('./hooks.ts');
        await runHooks(work, instance, hooks).catch(ignoreGone);
      }
      await client.containers.stop(instance.id, { timeout }).catch(ignoreGone);
    });
  } finally {
    force?.removeEventListener('abort', kill);
  }
}

/** What is to be gone may be so already, or be going. */
export function ignoreGone(error: unknown): void {
  if (!['not-found', 'not-modified', 'conflict'].includes(kindOf(error))) throw error;
}
