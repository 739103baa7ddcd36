import type { ImageRunConfig } from '../../oci/image-config.ts';
import { mergeConfig, type MergedConfig, parsePort } from '../create/merge-config.ts';
import type { ContainerSpec, CreateRequest } from '../types.ts';
import { applyChanges } from './apply-changes.ts';

/**
 * The config of a committed image: what the client gives (`config`, changed by `changes`) completed by the container's own, by the
 * rules with which a container is completed by its image.
 */
export function committedConfig(
  spec: ContainerSpec,
  config: Partial<ContainerSpec> | undefined,
  changes: readonly string[],
): ImageRunConfig {
  const given = applyChanges(config ? toRunConfig(config) : withoutCommand(toRunConfig(spec)), changes);
  const merged = mergeConfig(toRequest(given), toRunConfig(spec));
  return { ...toRunConfig(merged), ...(given.OnBuild && { OnBuild: given.OnBuild }) };
}

/** A new entrypoint takes the command away as well, so neither counts as given until a change does. */
function withoutCommand({ Cmd: _cmd, Entrypoint: _entrypoint, ...rest }: ImageRunConfig): ImageRunConfig {
  return rest;
}

function toRunConfig(spec: Partial<MergedConfig>): ImageRunConfig {
  const ports = spec.exposedPorts ?? [];
  return {
    ...(spec.user && { User: spec.user }),
    ...(ports.length > 0 && {
      ExposedPorts: Object.fromEntries(ports.map(({ port, protocol }) => [`${port}/${protocol}`, {}])),
    }),
    ...(spec.env && { Env: spec.env }),
    ...(spec.entrypoint?.length && { Entrypoint: spec.entrypoint }),
    ...(spec.cmd?.length && { Cmd: spec.cmd }),
    ...(spec.volumes?.length && { Volumes: Object.fromEntries(spec.volumes.map((path) => [path, {}])) }),
    ...(spec.workingDir && { WorkingDir: spec.workingDir }),
    ...(spec.labels && { Labels: spec.labels }),
    ...(spec.stopSignal && { StopSignal: spec.stopSignal }),
    ...(spec.healthcheck && { Healthcheck: spec.healthcheck }),
    ...(spec.shell && { Shell: spec.shell }),
  };
}

function toRequest(config: ImageRunConfig): CreateRequest['spec'] {
  return {
    image: '',
    ...(config.User !== undefined && { user: config.User }),
    ...(config.ExposedPorts && { exposedPorts: Object.keys(config.ExposedPorts).flatMap(parsePort) }),
    ...(config.Env && { env: config.Env }),
    ...(config.Entrypoint && { entrypoint: config.Entrypoint }),
    ...(config.Cmd && { cmd: config.Cmd }),
    ...(config.Volumes && { volumes: Object.keys(config.Volumes) }),
    ...(config.WorkingDir !== undefined && { workingDir: config.WorkingDir }),
    ...(config.Labels && { labels: config.Labels }),
    ...(config.StopSignal !== undefined && { stopSignal: config.StopSignal }),
    ...(config.Healthcheck && { healthcheck: config.Healthcheck }),
    ...(config.Shell && { shell: config.Shell }),
  };
}
