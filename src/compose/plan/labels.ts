import type { Project, ProjectNetwork, ProjectVolume } from '../model/types.ts';

/** Compose's own labels, so that `docker compose` and we take over each other's projects. */
export const label = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
  slug: 'com.docker.compose.slug',
  configHash: 'com.docker.compose.config-hash',
  configFiles: 'com.docker.compose.project.config_files',
  workingDir: 'com.docker.compose.project.working_dir',
  environmentFile: 'com.docker.compose.project.environment_file',
  image: 'com.docker.compose.image',
  dependsOn: 'com.docker.compose.depends_on',
  version: 'com.docker.compose.version',
  network: 'com.docker.compose.network',
  volume: 'com.docker.compose.volume',
  replace: 'com.docker.compose.replace',
  hook: 'com.docker.compose.hook',
  /** Ours: a digest of the configs and secrets that were copied into a container. */
  files: 'lading.compose.files',
} as const;

export const COMPOSE_VERSION = '2.40.3';

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
