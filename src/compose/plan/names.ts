import { isTruthy } from '../is-truthy.ts';
import type { Project, Service } from '../model/types.ts';

/** What stands between the parts of a name: an underline where `--compatibility` asks for the names of Compose 1. */
export const separatorOf = ({ environment }: Project): '-' | '_' =>
  isTruthy(environment['COMPOSE_COMPATIBILITY']) ? '_' : '-';

const joined = (project: Project, ...parts: readonly string[]): string =>
  [project.name, ...parts].join(separatorOf(project));

export const containerName = (project: Project, service: Service, number: number): string =>
  service.containerName ?? joined(project, service.name, String(number));

/** What a container is called in `com.docker.compose.replace`. */
export const nameInProject = (project: Project, service: Service, number: number): string =>
  service.containerName ?? `${service.name}${separatorOf(project)}${number}`;

/** The name of a container that runs once; `slug` tells it from others. */
export const oneOffName = (project: Project, service: Service, slug: string): string =>
  joined(project, service.name, 'run', slug.slice(0, 12));

/** The name of a container that is to replace another one, until that one is gone. */
export const temporaryName = (replacedId: string, final: string): string =>
  `${replacedId.slice(0, 12)}_${final}`;

/** The image that a service runs: its own name for it, or the one that Compose gives to what it builds. */
export const imageName = (project: Project, service: Service): string =>
  service.image ?? joined(project, service.name);
