import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client/client.ts';
import { ResponseError } from '../client/transport.ts';
import { abortable } from '../lib/abortable.ts';
import { EngineError, internal, kindOf, messageOf, notFound } from '../lib/errors.ts';
import type { ContainerInspect } from '../wire/container.ts';
import { adviceOn } from './advice.ts';
import { lastLines } from './hooks.ts';
import { problemAt } from './load/compose-error.ts';
import { declaredPorts, waitForSocket } from './listening.ts';
import type { Dependency, Service } from './model/types.ts';
import type { Instance } from './plan/instance.ts';
import type { ProjectEvents } from './project-events.ts';
import type { Work } from './work.ts';

/** What is waited for: the conditions of `depends_on`, or what `--wait` takes for readiness. */
export type Condition = Dependency['condition'] | 'ready';

/** Milliseconds in which a container that nothing is known of but that it runs may still turn out to end at once. */
const SETTLES = 500;
/** How long `--wait` waits for a port that a service declares; it may have its reasons not to listen there. */
const PATIENCE = 30_000;

/** What waiting needs beside the work that it belongs to. */
export interface Waiting {
  readonly events: ProjectEvents;
  readonly services: ReadonlyMap<string, Service>;
  /** By service. */
  readonly containers: ReadonlyMap<string, readonly Instance[]>;
}

/** Waits until everything that a service depends on, among the services that are worked on, is what the conditions want. */
export async function waitForDependencies(
  work: Work,
  dependent: string,
  dependsOn: Service['dependsOn'],
  waiting: Waiting,
): Promise<void> {
  await Promise.all(
    [...dependsOn].map(async ([name, { condition, required, place }]) => {
      const service = waiting.services.get(name);
      if (!service || service.provider) return;
      if (condition === 'service_started' || service.replicas === 0) return;
      try {
        const instances = waiting.containers.get(name) ?? [];
        if (instances.length === 0) throw notFound(`${dependent} is missing dependency ${name}`);
        await Promise.all(instances.map((instance) => waitFor(work, service, instance, condition, waiting)));
      } catch (error) {
        if (kindOf(error) === 'not-implemented') throw problemAt(place, `${condition}: ${messageOf(error)}`);
        if (required || work.signal?.aborted) throw error;
        const status = `optional dependency ${JSON.stringify(name)} ${whyNot(error)}`;
        work.report({ kind: 'Service', name: dependent, status, state: 'warning' });
      }
    }),
  );
}

/** What is said of a dependency that is optional, in the words for one that is not. */
const whyNot = (error: unknown): string =>
  messageOf(error).replace(/^(service "[^"]*"|dependency) |^.* is missing dependency .*$/, (_, what) =>
    what === undefined ? 'is not there' : '',
  );

/** Waits until a container is what a condition wants. Throws, with its last output, when it never will be. */
export async function waitFor(
  work: Work,
  service: Service,
  instance: Instance,
  condition: Condition,
  { events, patience = PATIENCE }: Pick<Waiting, 'events'> & { readonly patience?: number },
): Promise<void> {
  const { client, report, signal } = work;
  const tell = (status: string, state: 'working' | 'done' | 'failed'): void =>
    report({ kind: 'Container', name: instance.name, status, state });
  tell('Waiting', 'working');
  if (work.dryRun) return tell('Healthy', 'done');
  try {
    await events.open();
    for (const began = Date.now(); ;) {
      signal?.throwIfAborted();
      const changed = events.nextOf(instance.id);
      const container = await client.containers.inspect(instance.id);
      const verdict = judge(service, instance, container, condition);
      const found =
        verdict === 'listens'
          ? await waitForSocket(
              work,
              service,
              instance,
              changed,
              condition === 'ready' ? began + patience : undefined,
            )
          : verdict;
      if (found === 'waits') await abortable(changed, signal);
      else if (
        found === 'Started' &&
        condition === 'ready' &&
        Date.now() - began < Math.min(SETTLES, patience)
      )
        await abortable(Promise.race([changed, sleep(SETTLES, undefined, { ref: false })]), signal);
      else if (found !== undefined) return tell(found, 'done');
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    tell('Error', 'failed');
    throw await withOutput(client, instance, error);
  }
}

/** What a container is, or `waits` for an event, or has to be looked at whether it `listens`. */
function judge(
  service: Service,
  { name }: Instance,
  { State, HostConfig }: ContainerInspect,
  condition: Condition,
): 'Healthy' | 'Exited' | 'Started' | 'listens' | 'waits' {
  const ended = State.Status === 'exited' || State.Status === 'dead';
  if (condition === 'service_completed_successfully') {
    if (!ended) return 'waits';
    if (State.ExitCode === 0) return 'Exited';
    throw internal(
      `service ${JSON.stringify(service.name)} didn't complete successfully: exit ${State.ExitCode}`,
    );
  }
  if (ended) {
    const isDone = condition === 'ready' && State.ExitCode === 0 && isOneShot(HostConfig.RestartPolicy?.Name);
    if (isDone) return 'Exited';
    throw failed(condition, `container ${name} exited (${State.ExitCode})`);
  }
  if (!State.Running || State.Restarting) return 'waits';
  if (condition === 'service_listening') return 'listens';
  if (!State.Health) {
    if (condition === 'service_healthy')
      throw failed(condition, `container ${name} has no healthcheck configured`);
    return declaredPorts(service).size > 0 ? 'listens' : 'Started';
  }
  if (State.Health.Status === 'unhealthy')
    throw failed(condition, `container ${name} is unhealthy${lastProbe(State.Health.Log)}`);
  return State.Health.Status === 'healthy' ? 'Healthy' : 'waits';
}

const isOneShot = (policy = 'no'): boolean => policy === 'no' || policy === '' || policy === 'on-failure';

const failed = (condition: Condition, what: string): EngineError =>
  internal(condition === 'ready' ? what : `dependency failed to start: ${what}`);

const lastProbe = (log: readonly { ExitCode: number; Output: string }[] | null): string => {
  const probe = log?.at(-1);
  const line = probe?.Output.trim().split('\n').at(-1);
  return probe ? ` (its last probe ended with ${probe.ExitCode}${line ? `: ${line}` : ''})` : '';
};

/** The error with the last lines that the container wrote, where it wrote any that can be read, and with what helps. */
async function withOutput(client: Client, { id }: Instance, error: unknown): Promise<unknown> {
  if (kindOf(error) !== 'internal' || error instanceof ResponseError) return error;
  try {
    let output = '';
    for await (const { data } of await client.containers.logs(id, { tail: '5' })) output += data.toString();
    const advice = (await adviceOn(client, id)).map((line) => `\n  ${line}`).join('');
    return internal(`${messageOf(error)}${lastLines(output)}${advice}`, error);
  } catch {
    return error;
  }
}
