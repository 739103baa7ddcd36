import type { Project, Service } from '../model/types.ts';

export const containerName = (project: Project, service: Service, number: number): string =>
  service.containerName ?? `${project.name}-${service.name}-${number}`;

/** The image that a service runs: its own name for it, or the one that Compose gives to what it builds. */
export const imageName = (project: Project, service: Service): string =>
  service.image ?? `${project.name}-${service.name}`;
