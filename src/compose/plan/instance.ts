import { notFound } from '../../lib/errors.ts';
import type { Service } from '../model/types.ts';

/** A container of a service, as far as Compose knows it while it works. */
export interface Instance {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly number: number;
  readonly running: boolean;
}

/** What one container of a service is beyond what its service says. */
export interface InstanceOptions {
  /** One-off containers have none. */
  readonly number?: number;
  /** A container that runs once: its name, and what tells it from others. */
  readonly oneOff?: { readonly name: string; readonly slug: string; readonly useAliases: boolean };
  /** Id of the image as it is now. */
  readonly imageId: string;
  /** Containers of other services, for `network_mode: service:x` and the like. */
  readonly containersOf: (service: string) => readonly Pick<Instance, 'id' | 'name'>[];
  /** Anonymous volumes of the container that this one replaces: path in the container → volume. */
  readonly inherited?: ReadonlyMap<string, string>;
  /** What the container that this one replaces is called within its project. */
  readonly replaces?: string;
}

type Siblings = Pick<InstanceOptions, 'containersOf'>;

/** A service with its references to other services (namespaces, volumes_from) made references to their containers. */
export function withReferences(service: Service, siblings: Siblings): Service {
  const shared = (mode: string | undefined, what: string): string | undefined =>
    mode?.startsWith('service:')
      ? `container:${idOf(siblings, mode.slice('service:'.length), `share ${what} namespace`)}`
      : mode;
  const modes = {
    networkMode: shared(service.networkMode, 'network'),
    ipc: shared(service.ipc, 'IPC'),
    pid: shared(service.pid, 'PID'),
  };
  return {
    ...service,
    ...Object.fromEntries(Object.entries(modes).filter(([, mode]) => mode !== undefined)),
    volumesFrom: service.volumesFrom.map((from) => {
      if (from.startsWith('container:')) return from.slice('container:'.length);
      const [name = '', ...mode] = from.split(':');
      return [idOf(siblings, name, 'share volume'), ...mode].join(':');
    }),
  };
}

function idOf({ containersOf }: Siblings, service: string, what: string): string {
  const [first] = containersOf(service);
  if (!first) throw notFound(`cannot ${what} with service ${service}: container missing`);
  return first.id;
}
