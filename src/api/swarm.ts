import { EngineError } from '../lib/errors.ts';
import { type Answer, json } from './call.ts';

/** Everything about clusters: Docker's answer of an engine that is in none. */
export function notManager(): Answer {
  throw new EngineError(
    'unavailable',
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  );
}

/** POST /swarm/leave */
export function notInSwarm(): Answer {
  throw new EngineError('unavailable', 'This node is not part of a swarm');
}

/** POST /swarm/init, /swarm/join */
export function noSwarm(): Answer {
  throw new EngineError('not-implemented', 'swarm mode is not supported by this engine');
}

/** GET /plugins */
export const noPlugins = (): Answer => json([]);

/** Every call that would install or change a plugin. */
export function pluginsUnsupported(): Answer {
  throw new EngineError('not-implemented', 'plugins are not supported by this engine');
}

/** POST /session and /grpc: what BuildKit's clients dial. */
export function noBuildKit(): Answer {
  throw new EngineError(
    'not-implemented',
    'BuildKit sessions are not supported by this engine: build with DOCKER_BUILDKIT=0, or with lade build',
  );
}

/** GET /containers/{id}/attach/ws */
export function noWebSocket(): Answer {
  throw new EngineError('not-implemented', 'attaching by WebSocket is not supported by this engine');
}
