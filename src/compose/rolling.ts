import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerSummary } from '../wire/container.ts';
import { internal, messageOf } from '../lib/errors.ts';
import type { CreateOptions } from './create.ts';
import { ChangedMeanwhile } from './meanwhile.ts';
import type { UpdateConfig } from './model/deploy-types.ts';
import type { Service } from './model/types.ts';
import type { Instance, InstanceOptions } from './plan/instance.ts';
import { containerName } from './plan/names.ts';
import { createSuccessor, retire, takeName } from './recreate.ts';
import { type Rolling, startInstance } from './start.ts';
import { stopInstances } from './stop.ts';
import { waitFor, type Waiting } from './wait.ts';
import type { Work } from './work.ts';

/** A container that is to give way to a newer one while its service goes on. */
export interface Replacement {
  readonly old: Instance;
  readonly summary: ContainerSummary;
}

/**
 * Replaces running containers as `deploy.update_config` says: so many at a time (`parallelism`, 1), with a `delay` between, each
 * watched for `monitor`; the new one starts before the old one ends (`order: start-first`) or after. Where a new one fails, the old
 * one comes back; then, when that are more than `max_failure_ratio` of them, `continue` goes on with the others, `rollback` brings back those before, too, and `pause`, the default, leaves
 * it at that.
 */
export function rollingUpdate(
  work: Work,
  service: Service,
  asked: UpdateConfig,
  replacements: readonly Replacement[],
  instance: InstanceOptions,
  options: CreateOptions,
): Rolling {
  const config = possible(work, service, asked);
  const size = config.parallelism || (config.parallelism === 0 ? replacements.length : 1);
  const isReversible = config.failureAction === 'rollback';
  const finish = async ({ summary, old }: Replacement, successor: Instance): Promise<Instance> => {
    const name = containerName(work.project, service, old.number);
    await retire(work, summary, options);
    work.report({ kind: 'Container', name, status: 'Recreated', state: 'done' });
    return takeName(work, successor, name);
  };
  return async (waiting) => {
    const done: { readonly replacement: Replacement; readonly successor: Instance }[] = [];
    const current = new Map((waiting.containers.get(service.name) ?? []).map((item) => [item.id, item]));
    let failures = 0;
    for (let at = 0; at < replacements.length; at += size) {
      if (at > 0 && config.delay) await sleep(config.delay / 1e6, undefined, signalOf(work));
      const results = await Promise.allSettled(
        replacements.slice(at, at + size).map(async (replacement) => {
          const successor = await replace(work, service, config, replacement, instance, options, waiting);
          if (isReversible) done.push({ replacement, successor });
          else current.set(replacement.old.id, await finish(replacement, successor));
        }),
      );
      const failure = results.find((result) => result.status === 'rejected');
      if (failure?.reason instanceof ChangedMeanwhile) throw failure.reason;
      failures += results.filter(({ status }) => status === 'rejected').length;
      const isTolerated = failures <= (config.maxFailureRatio ?? 0) * replacements.length;
      if (!failure || isTolerated || config.failureAction === 'continue') continue;
      await Promise.all(done.map(({ successor, replacement }) => undo(work, successor, replacement.old)));
      throw failedUpdate(service, isReversible, failure.reason);
    }
    for (const { replacement, successor } of done)
      current.set(replacement.old.id, await finish(replacement, successor));
    return [...current.values()];
  };
}

/** Starts the successor of a container and stops that one, which is still there then. */
async function replace(
  work: Work,
  service: Service,
  config: UpdateConfig,
  { old, summary }: Replacement,
  instance: InstanceOptions,
  options: CreateOptions,
  waiting: Waiting,
): Promise<Instance> {
  const name = containerName(work.project, service, old.number);
  work.report({ kind: 'Container', name, status: 'Recreate', state: 'working' });
  const successor = await createSuccessor(work, service, summary, instance, options);
  try {
    if (config.order !== 'start-first') await stopInstances(work, [old], options);
    await startInstance(work, service, successor);
    await watchOver(work, service, successor, config, waiting);
    if (config.order === 'start-first') await stopInstances(work, [old], options);
    return { ...successor, running: true };
  } catch (error) {
    await undo(work, successor, old);
    work.report({ kind: 'Container', name, status: 'Error', state: 'failed' });
    throw error;
  }
}

const signalOf = ({ signal }: Work): { signal?: AbortSignal } => (signal ? { signal } : {});

/** Two containers can't have one port of the host, or one address: then the old one has to stop first. */
function possible(work: Work, service: Service, config: UpdateConfig): UpdateConfig {
  if (config.order !== 'start-first') return config;
  const fixed = fixedOf(service);
  if (fixed === undefined) return config;
  const status = `order: start-first needs the old and the new container at a time, and both want ${fixed}: the old ones stop first`;
  work.report({ kind: 'Service', name: service.name, status, state: 'warning' });
  return { ...config, order: 'stop-first' };
}

function fixedOf({ ports, networks }: Service): string | undefined {
  const port = ports.find(({ published = '' }) => published !== '' && !published.includes('-'))?.published;
  if (port !== undefined) return `port ${port}`;
  const address = [...networks.values()]
    .flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6])
    .find((item) => item !== undefined);
  return address === undefined ? undefined : `the address ${address}`;
}

async function watchOver(
  work: Work,
  service: Service,
  successor: Instance,
  { monitor = 0 }: UpdateConfig,
  waiting: Waiting,
): Promise<void> {
  await waitFor(work, service, successor, 'ready', waiting);
  if (monitor === 0) return;
  const until = AbortSignal.any([AbortSignal.timeout(monitor / 1e6), ...(work.signal ? [work.signal] : [])]);
  const { done } = await work.client.containers.wait(successor.id, 'next-exit', until);
  // it may have ended before somebody waited for that
  const { State } = await work.client.containers.inspect(successor.id);
  const code = State.Running ? (await done.catch(() => undefined))?.StatusCode : State.ExitCode;
  work.signal?.throwIfAborted();
  if (code !== undefined) throw internal(`container ${successor.name} exited (${code}) after its start`);
}

/** The old container comes back as it was. */
async function undo({ client }: Work, successor: Instance, old: Instance): Promise<void> {
  await client.containers.remove(successor.id, { force: true }).catch(() => {}); // the next run removes it
  await client.containers.start(old.id).catch(() => {}); // it may never have stopped
}

const failedUpdate = ({ name }: Service, isReversed: boolean, reason: unknown): unknown =>
  internal(
    `update of service ${JSON.stringify(name)} failed${isReversed ? ', and was rolled back' : ''}: ${messageOf(reason)}`,
    reason,
  );
