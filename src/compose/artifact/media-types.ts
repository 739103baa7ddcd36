/** A Compose project in a registry, as `docker compose publish` writes it and `oci://` reads it. */
export const artifactTypes = {
  /** The manifest's `artifactType` (OCI 1.1). */
  project: 'application/vnd.docker.compose.project',
  file: 'application/vnd.docker.compose.file+yaml',
  envFile: 'application/vnd.docker.compose.envfile',
  /** Of the config, in place of `artifactType` (OCI 1.0). */
  emptyConfig: 'application/vnd.docker.compose.config.empty.v1+json',
  /** Of the config in OCI 1.1: `{}`. */
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

/** Annotations of the layers. */
export const artifactAnnotations = {
  version: 'com.docker.compose.version',
  /** The name of a Compose file. */
  file: 'com.docker.compose.file',
  /** The name of an env file. */
  envFile: 'com.docker.compose.envfile',
  /** `true`: a file that another one extends, not one of the project's own. */
  extends: 'com.docker.compose.extends',
} as const;
