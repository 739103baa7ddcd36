import type { Service } from './types.ts';

/** Other services that a service names outside `depends_on`: links, volumes_from, namespaces. */
export function linkedServices(service: Service): string[] {
  const modes = [service.networkMode, service.ipc, service.pid].flatMap((mode) =>
    mode?.startsWith('service:') ? [mode.slice('service:'.length)] : [],
  );
  const links = service.links.map((link) => link.split(':')[0] ?? link);
  const volumes = service.volumesFrom
    .filter((from) => !from.startsWith('container:'))
    .map((from) => from.split(':')[0] ?? from);
  return [...new Set([...modes, ...links, ...volumes])];
}

/** Everything that has to be there before a service starts. */
export const prerequisitesOf = (service: Service): string[] => [
  ...new Set([...service.dependsOn.keys(), ...linkedServices(service)]),
];
