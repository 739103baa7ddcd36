import { API_VERSION } from '../wire/system.ts';
import { buildCalls } from './builds.ts';
import { containerCalls } from './containers.ts';
import { type Host, parseHost } from './host.ts';
import { imageCalls } from './images.ts';
import { networkCalls } from './networks.ts';
import { systemCalls } from './system.ts';
import { httpTransport, type Transport } from './transport.ts';
import { volumeCalls } from './volumes.ts';

/** An engine, ours or Docker's, by its API. Every call throws EngineError with the engine's own message. */
export interface Client {
  readonly transport: Transport;
  readonly builds: ReturnType<typeof buildCalls>;
  readonly containers: ReturnType<typeof containerCalls>;
  readonly images: ReturnType<typeof imageCalls>;
  readonly networks: ReturnType<typeof networkCalls>;
  readonly volumes: ReturnType<typeof volumeCalls>;
  readonly system: ReturnType<typeof systemCalls>;
  close(): void;
}

/** `host` as in `DOCKER_HOST`, or parsed. Connects at the first call. */
export function createClient(options: { host: string | Host; apiVersion?: string }): Client {
  const host = typeof options.host === 'string' ? parseHost(options.host) : options.host;
  return clientOver(httpTransport(host, options.apiVersion ?? API_VERSION));
}

export function clientOver(transport: Transport): Client {
  return {
    transport,
    builds: buildCalls(transport),
    containers: containerCalls(transport),
    images: imageCalls(transport),
    networks: networkCalls(transport),
    volumes: volumeCalls(transport),
    system: systemCalls(transport),
    close: () => transport.close(),
  };
}
