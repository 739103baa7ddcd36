import { type Answer, type Call, json, param } from './call.ts';
import type { Engine } from './engine.ts';

/** GET /lading/containers/{id}/findings: what is wrong with a container, and what helps. */
export async function findings(call: Call, engine: Engine): Promise<Answer> {
  return json(await engine.containers.findings(param(call, 'id')));
}
