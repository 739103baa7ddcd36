import type { Project, ProjectNetwork, ProjectVolume } from '../model/types.ts';

/** Compose's own labels, so that `docker compose` and we take over each other's projects. */
export const label = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
  configHash: 'com.docker.compose.config-hash',
  configFiles: 'com.docker.compose.project.config_files',
  workingDir: 'com.docker.compose.project.working_dir',
  image: 'com.docker.compose.image',
  dependsOn: 'com.docker.compose.depends_on',
  version: 'com.docker.compose.version',
  network: 'com.docker.compose.network',
  volume: 'com.docker.compose.volume',
  replace: 'com.docker.compose.replace',
} as const;

export const COMPOSE_VERSION = '2.40.0';

/** The labels of a network or volume of a project, over its own. */
export const resourceLabels = (
  kind: 'network' | 'volume',
  project: Project,
  { key, labels }: Pick<ProjectNetwork | ProjectVolume, 'key' | 'labels'>,
  configHash: string,
): Record<string, string> => ({
  ...labels,
  [label.project]: project.name,
  [label[kind]]: key,
  [label.version]: COMPOSE_VERSION,
  [label.configHash]: configHash,
});
