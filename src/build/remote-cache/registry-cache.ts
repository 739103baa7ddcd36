import { shortId } from '../../lib/id.ts';
import { familiarName, type Reference, withDefaultTag } from '../../oci/reference.ts';
import type { Registry, RegistryAuth } from '../../registry/client/types.ts';
import type { CacheReader, CacheWriter } from './types.ts';

/** A cache under a name in a registry. */
export function registryReader(
  registry: Registry,
  named: Reference,
  auth: RegistryAuth | undefined,
): CacheReader {
  const reference = withDefaultTag(named);
  const repository = registry.repository(reference, { actions: 'pull', ...(auth && { auth }) });
  return {
    name: familiarName(reference),
    root: (signal) => repository.manifest(reference.digest ?? reference.tag ?? 'latest', { signal }),
    manifest: ({ digest, size }, signal) => repository.manifest(digest, { size, signal }),
    smallBlob: (descriptor, signal) => repository.smallBlob(descriptor, { signal }),
    blob: (descriptor, offset, options) => repository.blob(descriptor, offset, options),
  };
}

export function registryWriter(
  registry: Registry,
  named: Reference,
  auth: RegistryAuth | undefined,
): CacheWriter {
  const reference = withDefaultTag(named);
  const repository = registry.repository(reference, { actions: 'push', ...(auth && { auth }) });
  return {
    name: familiarName(reference),
    async blob(source, { signal, onProgress }) {
      const line = { id: shortId(source.digest), total: source.size };
      await repository.upload(source, {
        onBytes: (current) => onProgress({ ...line, status: 'Pushing', current }),
        signal,
      });
      onProgress({ ...line, status: 'Pushed', current: source.size });
    },
    async root({ mediaType, digest, content }, signal) {
      await repository.putManifest(reference.tag ?? digest, { mediaType, content }, { signal });
    },
  };
}
