import type { Project, Service } from '../model/types.ts';

export const containerName = (project: Project, service: Service, number: number): string =>
  service.containerName ?? `${project.name}-${service.name}-${number}`;

/** What a container is called in `com.docker.compose.replace`. */
export const nameInProject = (service: Service, number: number): string =>
  service.containerName ?? `${service.name}-${number}`;

/** The name of a container that is to replace another one, until that one is gone. */
export const temporaryName = (replacedId: string, final: string): string =>
  `${replacedId.slice(0, 12)}_${final}`;

/** The image that a service runs: its own name for it, or the one that Compose gives to what it builds. */
export const imageName = (project: Project, service: Service): string =>
  service.image ?? `${project.name}-${service.name}`;
