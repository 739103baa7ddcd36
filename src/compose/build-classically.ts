import type { BuildPlace } from '../client/build/place.ts';
import type { Client } from '../client/client.ts';
import { EngineError } from '../lib/errors.ts';
import type { BuildOptions } from './build.ts';
import { imageLabels, platformsOf } from './build-spec.ts';
import type { Project, Service } from './model/types.ts';
import { imageName } from './plan/names.ts';

/** Builds by Docker's classic call, which any engine knows. Throws for what that can't do. */
export async function buildClassically(
  client: Client,
  project: Project,
  service: Service,
  place: BuildPlace,
  options: BuildOptions,
): Promise<void> {
  const { build, name } = service;
  if (!build) return;
  const alien = (['contexts', 'secrets', 'ssh', 'cacheTo', 'entitlements'] as const).filter(
    (key) => Object.keys(build[key]).length > 0,
  );
  if (alien.length > 0 || !place.pack)
    throw new EngineError(
      'not-implemented',
      `service ${JSON.stringify(name)}: the engine is not lading: its classic builder has no ${alien.join(', ') || 'remote contexts'}; use docker compose`,
    );
  const { dockerfile, tar } = place.pack();
  const lines = await client.images.build(
    tar,
    {
      dockerfile,
      t: [imageName(project, service), ...build.tags],
      target: build.target,
      buildargs: JSON.stringify({ ...build.args, ...options.buildArgs }),
      labels: JSON.stringify(imageLabels(project, service)),
      nocache: build.noCache || options.noCache,
      pull: build.pull || options.pullBase,
      networkmode: build.network,
      shmsize: build.shmSize,
      extrahosts: build.extraHosts.join(',') || undefined,
      cachefrom: build.cacheFrom.length > 0 ? JSON.stringify(build.cacheFrom) : undefined,
      platform: platformsOf(service)[0],
      rm: true,
      forcerm: true,
    },
    {
      ...(options.allAuth && { registryAuth: await options.allAuth() }),
      ...(options.signal && { signal: options.signal }),
    },
  );
  for await (const line of lines) {
    options.onBuildLine?.(name, line);
    if (line.error !== undefined)
      throw new EngineError(
        'internal',
        `failed to build service ${name}: ${line.errorDetail?.message ?? line.error}`,
      );
  }
}
