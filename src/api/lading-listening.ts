import { conflict } from '../lib/errors.ts';
import { readListeningSockets } from '../network/listening-sockets.ts';
import type { ListeningSocket } from '../wire/container.ts';
import { type Answer, type Call, json, param } from './call.ts';
import type { Engine } from './engine.ts';

/** GET /lading/containers/{id}/listening: where a container takes connections, whoever in its network namespace it is that does. */
export async function listening(call: Call, engine: Engine): Promise<Answer> {
  const { id, state } = engine.containers.get(param(call, 'id'));
  if (state.status !== 'running' && state.status !== 'paused')
    throw conflict(`container ${id} is not running`);
  const sockets: readonly ListeningSocket[] = await readListeningSockets(state.pid);
  return json(sockets);
}
