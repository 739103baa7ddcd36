import type { Image, Images } from '../../image/types.ts';
import { repositoryOf, parseReference } from '../../oci/reference.ts';
import type { BaseImage } from '../types.ts';

/** The images that a build takes from, each once. */
export class BaseList {
  private readonly bases = new Map<string, BaseImage>();

  add(images: Pick<Images, 'target'>, image: Image, name: string): void {
    const { os, architecture, variant } = image.config;
    const platform = { os, architecture, ...(variant !== undefined && { variant }) };
    const digest = digestIn(image, name) ?? images.target(image.id)?.digest ?? image.id;
    const key = JSON.stringify([name, platform]);
    this.bases.set(key, { name, platform, digest });
  }

  list(): BaseImage[] {
    return [...this.bases.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** The digest under which a registry has it. */
export function digestIn({ digests }: Image, name: string): BaseImage['digest'] | undefined {
  if (/^(?:sha256:)?[a-f0-9]+$/.test(name)) return undefined;
  const repository = repositoryOf(parseReference(name));
  return digests.map((text) => parseReference(text)).find((known) => repositoryOf(known) === repository)
    ?.digest;
}
