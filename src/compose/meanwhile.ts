import { kindOf, messageOf } from '../lib/errors.ts';
import { label } from './plan/labels.ts';
import type { Work } from './work.ts';

/** Another run of Compose on the same project was faster: what is there has to be looked at again. The cause says how it showed. */
export class ChangedMeanwhile extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

/** How often what is there is looked at again, and milliseconds between. */
const ATTEMPTS = 50;
const PAUSE = 200;

/** Does something again, from what is there then, as long as others change it meanwhile. */
export async function untilUndisturbed<T>(
  { signal }: Pick<Work, 'signal'>,
  action: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile)) throw error;
      if (attempt === ATTEMPTS || signal?.aborted) throw error.cause;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
}

/** Why a container of a service can not have a name: another run has just made it, or what the engine says. */
export async function whyTaken(
  { client, project }: Work,
  service: string,
  name: string,
  error: unknown,
): Promise<unknown> {
  if (kindOf(error) !== 'conflict') return error;
  const labels = await client.containers.inspect(name).then(
    ({ Config }) => Config.Labels,
    () => undefined, // the name is reserved for one that is being made, or gone again
  );
  const isOwn =
    labels?.[label.project] === project.name &&
    labels[label.service] === service &&
    labels[label.oneOff] !== 'True';
  return labels === undefined || isOwn ? new ChangedMeanwhile(error) : error;
}

/** Does something with a container; where that is gone by then, another run took it away. */
export async function unlessGone<T>({ client }: Work, id: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (kindOf(error) !== 'not-found') throw error;
    const isGone = await client.containers.inspect(id).then(
      () => false,
      (cause: unknown) => kindOf(cause) === 'not-found',
    );
    throw isGone ? new ChangedMeanwhile(error) : error;
  }
}

/** Waits for all, also when one fails; what was changed meanwhile counts only where nothing else went wrong. */
export async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failures.length > 0)
    throw failures.find((error) => !(error instanceof ChangedMeanwhile)) ?? failures[0];
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
