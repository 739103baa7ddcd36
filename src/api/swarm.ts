import { EngineError, notFound } from '../lib/errors.ts';
import { type Answer, type Call, json, param } from './call.ts';

/** Everything about clusters: Docker's answer of an engine that is in none. */
export function notManager(): Answer {
  throw new EngineError(
    'not-in-swarm',
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  );
}

/** POST /swarm/leave */
export function notInSwarm(): Answer {
  throw new EngineError('not-in-swarm', 'This node is not part of a swarm');
}

/** POST /swarm/init, /swarm/join */
export function noSwarm(): Answer {
  throw new EngineError('not-implemented', 'swarm mode is not supported by this engine');
}

/** GET /plugins */
export const noPlugins = (): Answer => json([]);

/** GET /plugins/{name}/json */
export function noSuchPlugin(call: Call): Answer {
  throw notFound(`plugin ${JSON.stringify(param(call, 'name').replace(/\/json$/, ''))} not found`);
}

/** Every call that would install or change a plugin. */
export function pluginsUnsupported(): Answer {
  throw new EngineError('not-implemented', 'plugins are not supported by this engine');
}

/** PUT /volumes/{name}: of a cluster's volumes alone. */
export function noClusterVolumes(): Answer {
  throw new EngineError(
    'not-in-swarm',
    'volume update only valid for cluster volumes, but swarm is unavailable',
  );
}
