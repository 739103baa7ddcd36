import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { invalid, prefixed } from '../../lib/errors.ts';
import { type Descriptor, isIndexType } from '../../oci/descriptor.ts';
import { hexOf } from '../../oci/digest.ts';
import type { Index, Manifest } from '../../oci/manifest.ts';
import { parseReference, withDefaultTag } from '../../oci/reference.ts';
import { openRegistry } from '../../registry/client/registry.ts';
import type { ManifestContent, Repository } from '../../registry/client/types.ts';
import { artifactAnnotations, artifactTypes } from '../artifact/media-types.ts';
import { keepCopy } from './copies.ts';
import type { FetchOptions } from './fetch-copy.ts';

/** The Compose file of a project that was published in a registry. Throws `invalid` for what is no such artifact. */
export async function fetchArtifact(name: string, options: FetchOptions): Promise<string> {
  const reference = withDefaultTag(parseReference(name));
  const registry = openRegistry({ proxyEnv: options.env, caDir: '/etc/docker/certs.d' });
  const signal = options.signal && { signal: options.signal };
  try {
    const auth = await options.authFor(reference);
    const repository = registry.repository(reference, { actions: 'pull', ...(auth && { auth }) });
    const top = await repository.manifest(reference.digest ?? reference.tag ?? '', signal);
    const folder = await keepCopy(options.folder, hexOf(top.descriptor.digest), async (directory) => {
      const manifest = await projectManifest(repository, top, name, options);
      for (const [index, layer] of manifest.layers.entries())
        writeLayer(directory, layer, index, await repository.smallBlob(layer, signal));
      if (!existsSync(join(directory, 'compose.yaml')))
        throw invalid(`${name} is a compose project OCI artifact without a Compose file`);
    });
    return join(folder, 'compose.yaml');
  } catch (error) {
    throw prefixed(`failed to pull OCI resource ${JSON.stringify(name)}`, error);
  } finally {
    registry.close();
  }
}

/** A project that was published with its images is an entry of an index. */
async function projectManifest(
  repository: Repository,
  { descriptor, content }: ManifestContent,
  name: string,
  options: Pick<FetchOptions, 'signal'>,
): Promise<Manifest> {
  if (isIndexType(descriptor.mediaType)) {
    const { manifests, subject } = JSON.parse(content.toString()) as Index & {
      readonly subject?: Descriptor;
    };
    const project = manifests.find(({ artifactType }) => artifactType === artifactTypes.project) ?? subject;
    if (!project) throw invalid(`OCI index ${name} doesn't refer to compose artifacts`);
    return projectManifest(repository, await repository.manifest(project.digest, options), name, options);
  }
  const manifest = JSON.parse(content.toString()) as Manifest & { readonly artifactType?: string };
  const { artifactType = '', config } = manifest;
  const isProject =
    artifactType === ''
      ? config.mediaType === artifactTypes.emptyConfig
      : artifactType === artifactTypes.project;
  if (!isProject)
    throw invalid(`${name} is not a compose project OCI artifact, but ${artifactType || config.mediaType}`);
  return manifest;
}

/** The project's own files become the documents of one; those that are extended, and env files, keep their names. */
function writeLayer(
  directory: string,
  { mediaType, annotations = {} }: Descriptor,
  index: number,
  content: Buffer,
): void {
  if (mediaType === artifactTypes.envFile)
    return writeFileSync(nameIn(directory, annotations[artifactAnnotations.envFile]), content);
  if (mediaType !== artifactTypes.file) return;
  const name = annotations[artifactAnnotations.file];
  if (annotations[artifactAnnotations.extends] !== undefined)
    return writeFileSync(nameIn(directory, name), content);
  const path = join(directory, 'compose.yaml');
  if (index > 0 && existsSync(path)) appendFileSync(path, '\n---\n');
  appendFileSync(path, content);
}

/** Files of an artifact lie side by side: a name that leads elsewhere is refused. */
function nameIn(directory: string, name: string | undefined): string {
  if (!name || /[\\/\0]/.test(name) || name === '.' || name === '..')
    throw invalid(`invalid OCI artifact: it has a file of the name ${JSON.stringify(name ?? '')}`);
  return join(directory, name);
}
