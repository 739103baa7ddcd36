import { resolve } from 'node:path';
import type { Client } from '../client/client.ts';
import { openBuildContext } from '../client/build-context.ts';
import { EngineError } from '../lib/errors.ts';
import type { AuthConfig, ProgressLine } from '../wire/image.ts';
import type { Project, Service } from './model/types.ts';
import { label } from './plan/labels.ts';
import { imageName } from './plan/names.ts';

export interface BuildOptions {
  readonly noCache?: boolean;
  readonly pullBase?: boolean;
  /** Over the files' `args`; null takes the value of the environment. */
  readonly buildArgs?: Readonly<Record<string, string | null>>;
  /** The logins to all registries: a Dockerfile may name several. */
  readonly allAuth?: () => Promise<Record<string, AuthConfig>>;
  readonly onBuildLine?: (service: string, line: ProgressLine) => void;
  readonly signal?: AbortSignal;
}

/** Builds the image of a service as its `build` says. */
export async function buildService(
  client: Client,
  project: Project,
  service: Service,
  options: BuildOptions,
): Promise<void> {
  const { build } = service;
  if (!build) return;
  if (/^[a-z+]+:\/\/|^git@/.test(build.context)) {
    throw new EngineError(
      'not-implemented',
      `service ${JSON.stringify(service.name)}: the build context ${build.context} is remote; only local directories can be built`,
    );
  }
  const { dockerfile, tar } = openBuildContext(build.context, {
    ...(build.dockerfile !== undefined && { dockerfile: resolve(build.context, build.dockerfile) }),
    ...(build.dockerfileInline !== undefined && { inline: build.dockerfileInline }),
  });
  const lines = await client.images.build(
    tar,
    {
      dockerfile,
      t: [imageName(project, service), ...build.tags],
      target: build.target,
      buildargs: JSON.stringify({ ...build.args, ...options.buildArgs }),
      labels: JSON.stringify({
        ...build.labels,
        [label.project]: project.name,
        [label.service]: service.name,
      }),
      nocache: build.noCache || options.noCache,
      pull: build.pull || options.pullBase,
      networkmode: build.network,
      shmsize: build.shmSize,
      extrahosts: build.extraHosts.join(',') || undefined,
      cachefrom: build.cacheFrom.length > 0 ? JSON.stringify(build.cacheFrom) : undefined,
      platform: service.platform ?? build.platforms[0],
      rm: true,
      forcerm: true,
    },
    {
      ...(options.allAuth && { registryAuth: await options.allAuth() }),
      ...(options.signal && { signal: options.signal }),
    },
  );
  for await (const line of lines) {
    options.onBuildLine?.(service.name, line);
    if (line.error !== undefined)
      throw new EngineError(
        'internal',
        `failed to build service ${service.name}: ${line.errorDetail?.message ?? line.error}`,
      );
  }
}
