import type { RegistryProbe } from '../api/engine.ts';
import { parseIndex, parseManifest } from '../image/documents.ts';
import { EngineError } from '../lib/errors.ts';
import { isIndexType } from '../oci/descriptor.ts';
import type { Platform } from '../oci/platform.ts';
import { RegistryError } from '../registry/client/answer.ts';
import type { Registry, Repository } from '../registry/client/types.ts';

const DOCKER_HUB = 'docker.io';

/** What `docker login`, `docker manifest` and `docker pull -a` ask of a registry, by its client. */
export function registryProbe(registry: Registry): RegistryProbe {
  return {
    login: async (server, auth) => {
      const { identityToken = '' } = await registry.login(server || DOCKER_HUB, auth);
      return { identityToken };
    },
    search: (term, options) => registry.search(term, options),
    tags: (reference, { auth, signal }) =>
      registry.repository(reference, { actions: 'pull', ...(auth && { auth }) }).tags({ signal }),
    inspect: async (reference, { auth, signal }) => {
      const repository = registry.repository(reference, { actions: 'pull', ...(auth && { auth }) });
      const { descriptor, content } = await repository
        .manifest(reference.digest ?? reference.tag ?? 'latest', { signal })
        .catch(plain);
      return { descriptor, platforms: await platformsOf(content, descriptor.mediaType, repository, signal) };
    },
  };
}

/** What the registry said, without the words for those who pull. */
function plain(error: unknown): never {
  if (error instanceof EngineError && error.cause instanceof RegistryError)
    throw new EngineError(error.kind, error.cause.message, { cause: error.cause });
  throw error;
}

async function platformsOf(
  content: Buffer,
  mediaType: string,
  repository: Repository,
  signal: AbortSignal,
): Promise<Platform[]> {
  if (isIndexType(mediaType))
    return parseIndex(content, 'index').manifests.flatMap(({ platform }) => (platform ? [platform] : []));
  const config = await repository.smallBlob(parseManifest(content, 'manifest').config, { signal });
  return platformIn(config);
}

/** That of an image's config; artifacts of other kinds have none. */
function platformIn(config: Buffer): Platform[] {
  try {
    const { os, architecture, variant } = JSON.parse(config.toString()) as Record<string, unknown>;
    if (typeof os !== 'string' || typeof architecture !== 'string' || os + architecture === '') return [];
    return [{ architecture, os, ...(typeof variant === 'string' && variant !== '' && { variant }) }];
  } catch {
    return [];
  }
}
