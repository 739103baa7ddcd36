import { CONFIG_DIRECTORY, loginsFile, SOCKET } from '../client/api-socket.ts';
import type { Client } from '../client/client.ts';
import type { AuthConfig } from '../wire/image.ts';
import { problemAt } from './load/compose-error.ts';
import type { Project, Service } from './model/types.ts';

/** No config of a file has this name. */
const LOGINS = '#apisocket';

interface SocketOptions {
  readonly allAuth?: () => Promise<Record<string, AuthConfig>>;
}

/** What `use_api_socket` means: the socket is mounted, and the user's logins lie where the variable DOCKER_CONFIG leads. */
export async function withApiSocket(
  client: Client,
  project: Project,
  { allAuth }: SocketOptions,
): Promise<Project> {
  if (![...project.services.values()].some(({ useApiSocket }) => useApiSocket)) return project;
  const { host } = client.transport;
  const logins = loginsFile((await allAuth?.()) ?? {});
  const services = [...project.services].map(([name, service]): [string, Service] => {
    if (!service.useApiSocket) return [name, service];
    if (host.kind !== 'unix')
      throw problemAt(
        service.place,
        `service ${JSON.stringify(name)}: use_api_socket needs an engine that listens on a unix socket`,
      );
    return [name, withSocket(service, host.path)];
  });
  const { place } = project.tree;
  const file = {
    key: LOGINS,
    name: LOGINS,
    external: false,
    content: logins,
    labels: {},
    driverOptions: {},
    place,
  };
  return {
    ...project,
    services: new Map(services),
    configs: new Map([...project.configs, [LOGINS, file]]),
  };
}

/** A service that says itself where the logins are gets none. */
function withSocket(service: Service, path: string): Service {
  const { place, environment } = service;
  const given = environment['DOCKER_CONFIG'];
  return {
    ...service,
    useApiSocket: false,
    environment: { ...environment, DOCKER_CONFIG: given ?? CONFIG_DIRECTORY },
    configs:
      given === undefined
        ? [...service.configs, { source: LOGINS, target: `${CONFIG_DIRECTORY}/config.json`, place }]
        : service.configs,
    volumes: [
      ...service.volumes,
      {
        type: 'bind',
        source: path,
        target: SOCKET,
        readOnly: false,
        createHostPath: false,
        noCopy: false,
        volumeLabels: {},
        place,
      },
    ],
  };
}
