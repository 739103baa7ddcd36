import type { Client } from '../client/client.ts';
import { notFound } from '../lib/errors.ts';
import { Semaphore } from '../lib/semaphore.ts';
import { untilUndisturbed } from './meanwhile.ts';
import type { Project } from './model/types.ts';
import { instanceOf, observe } from './plan/observe.ts';
import type { Report } from './progress.ts';
import { startAll, type StartAllOptions } from './start-all.ts';
import { chosenServices } from './up.ts';
import { AT_ONCE, type Work } from './work.ts';

export interface StartOptions extends StartAllOptions {
  readonly services: readonly string[];
  readonly parallel?: number;
  readonly signal?: AbortSignal;
}

/** Starts the containers that a project has, each when its conditions are met. */
export async function startExisting(
  client: Client,
  project: Project,
  report: Report,
  options: StartOptions,
): Promise<void> {
  const work: Work = {
    client,
    project,
    report,
    slots: new Semaphore(options.parallel ?? AT_ONCE),
    ...(options.signal && { signal: options.signal }),
  };
  return untilUndisturbed(work, () => startObserved(work, options));
}

async function startObserved(work: Work, options: StartOptions): Promise<void> {
  const { client, project } = work;
  const observed = await observe(client, project.name);
  const services = chosenServices(project, { services: options.services });
  const missing = services.find(
    ({ name, replicas, provider }) => replicas > 0 && !provider && !observed.byService.has(name),
  );
  if (missing) throw notFound(`service ${JSON.stringify(missing.name)} has no container to start`);
  const containers = new Map([...observed.byService].map(([name, items]) => [name, items.map(instanceOf)]));
  await startAll(work, services, { containers }, options);
}
