import { setTimeout as sleep } from 'node:timers/promises';
import { kindOf } from '../lib/errors.ts';
import { isLoopback } from '../lib/loopback.ts';
import type { ListeningSocket } from '../wire/container.ts';
import { exposedPorts } from './model/exposed-ports.ts';
import type { Service } from './model/types.ts';
import type { Instance } from './plan/instance.ts';
import type { Work } from './work.ts';

const FIRST_LOOK = 10;
const LONGEST_PAUSE = 200;

/**
 * Waits until a service takes connections: on one of the TCP ports that it declares, or on any where it declares none. Tells what is
 * known then: undefined when something happened to the container meanwhile. Where there is a time `until` which it is waited for, a
 * container that runs is good enough then, or where the engine can't look into it.
 */
export async function waitForSocket(
  work: Work,
  service: Service,
  instance: Instance,
  changed: Promise<void>,
  until: number | undefined,
): Promise<'Listening' | 'Started' | undefined> {
  const wanted = declaredPorts(service);
  let isChanged = false;
  void changed.then(() => (isChanged = true));
  for (let pause = FIRST_LOOK; !isChanged; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    work.signal?.throwIfAborted();
    const sockets = await lookAt(work, instance, until !== undefined);
    if (sockets === undefined) return 'Started';
    if (sockets.some((socket) => isReachable(service, socket) && fits(wanted, socket))) return 'Listening';
    if (until !== undefined && Date.now() > until) {
      tellWhy(work, instance, wanted, sockets);
      return 'Started';
    }
    await Promise.race([sleep(pause), changed]);
  }
  return undefined;
}

/** Undefined where the engine can't tell and nobody insists: it is Docker's. */
async function lookAt(
  { client }: Work,
  { id }: Instance,
  isOptional: boolean,
): Promise<readonly ListeningSocket[] | undefined> {
  try {
    return await client.containers.listening(id);
  } catch (error) {
    if (kindOf(error) === 'conflict') return []; // it ended: an event follows
    if (isOptional && kindOf(error) === 'not-implemented') return undefined;
    throw error;
  }
}

/** The TCP ports that a service exposes or publishes. */
export function declaredPorts({ ports, expose }: Service): Set<number> {
  const exposed = expose.map(exposedPorts).filter((one) => one?.protocol === 'tcp');
  return new Set([
    ...ports.filter(({ protocol }) => protocol === 'tcp').map(({ target }) => target),
    ...exposed.flatMap((one) => one?.ports ?? []),
  ]);
}

const fits = (wanted: ReadonlySet<number>, { port }: ListeningSocket): boolean =>
  wanted.size === 0 || wanted.has(port);

/** What listens on the loopback address of a container is not there for others, unless they share its network. */
const isReachable = ({ networkMode }: Service, { address }: ListeningSocket): boolean =>
  networkMode !== undefined || !isLoopback(address);

function tellWhy(
  { report }: Work,
  { name }: Instance,
  wanted: ReadonlySet<number>,
  sockets: readonly ListeningSocket[],
): void {
  const seen = sockets.map(({ address, port }) => `${address}:${port}`).join(', ');
  const status = `runs, but nothing listens on ${[...wanted].join(' or ')}${seen === '' ? '' : ` (it listens on ${seen})`}`;
  report({ kind: 'Container', name, status, state: 'warning' });
}
