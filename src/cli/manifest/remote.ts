import { kindOf } from '../../lib/errors.ts';
import { isIndexType } from '../../oci/descriptor.ts';
import type { Index, Manifest } from '../../oci/manifest.ts';
import type { Reference } from '../../oci/reference.ts';
import { openRegistry } from '../../registry/client/registry.ts';
import type { ManifestContent, Repository } from '../../registry/client/types.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { registryLogin } from '../registry-auth.ts';
import { type FullPlatform, type ImageManifest, imageManifest } from './image-manifest.ts';
import { fullName } from './names.ts';

/** The registry of one image, as the user is known there. */
export class RemoteManifests implements Disposable {
  private readonly registry: ReturnType<typeof openRegistry>;
  private readonly context: Context;

  /** With `insecure`, the registry may have a certificate that nobody vouches for, or none. */
  constructor(context: Context, { domain }: Reference, insecure: boolean) {
    this.context = context;
    const proxyEnv = context.env;
    this.registry = openRegistry({
      proxyEnv,
      caDir: '/etc/docker/certs.d',
      insecure: insecure ? [domain] : [],
    });
  }

  async repository(
    reference: Reference,
    actions: 'pull' | 'push',
    mountFrom: readonly string[] = [],
  ): Promise<Repository> {
    const auth = await registryLogin(this.context, reference);
    return this.registry.repository(reference, { actions, mountFrom, ...(auth && { auth }) });
  }

  /** The image of that name. Throws where it is none, or a list. */
  async image(reference: Reference): Promise<ImageManifest> {
    const found = await this.find(reference);
    if (Array.isArray(found)) throw new ExitError(1, `${fullName(reference)} is a manifest list`);
    return found;
  }

  /** The image of that name, or all images of a list. */
  async find(reference: Reference): Promise<ImageManifest | ImageManifest[]> {
    const repository = await this.repository(reference, 'pull');
    const name = fullName(reference);
    const top = await this.fetch(repository, reference);
    if (!isIndexType(top.descriptor.mediaType)) return readImage(repository, name, top);
    const images: ImageManifest[] = [];
    for (const { digest, size, platform } of (JSON.parse(top.content.toString()) as Index).manifests) {
      const content = await repository.manifest(digest, { size, signal: this.context.signal });
      const image = await readImage(repository, `${name}@${digest}`, content, platform ?? {});
      images.push(image);
    }
    return images;
  }

  [Symbol.dispose](): void {
    this.registry.close();
  }

  private async fetch(repository: Repository, reference: Reference): Promise<ManifestContent> {
    try {
      const { digest, tag = '' } = reference;
      return await repository.manifest(digest ?? tag, { signal: this.context.signal });
    } catch (error) {
      if (kindOf(error) !== 'not-found') throw error;
      throw new ExitError(1, `no such manifest: ${fullName(reference)}`);
    }
  }
}

/** The platform is what the list says, or else what the image says of itself. */
async function readImage(
  repository: Repository,
  name: string,
  { descriptor, content }: ManifestContent,
  platform?: Partial<FullPlatform>,
): Promise<ImageManifest> {
  if (isIndexType(descriptor.mediaType)) throw new ExitError(1, `${name} is a manifest list within a list`);
  if (platform) return imageManifest(name, descriptor, content, platform);
  const { config } = JSON.parse(content.toString()) as Manifest;
  const own = JSON.parse((await repository.smallBlob(config)).toString()) as Partial<FullPlatform>;
  return imageManifest(name, descriptor, content, own);
}
