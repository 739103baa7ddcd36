import type { BuiltImage } from '../../build/types.ts';
import type { Images } from '../../image/types.ts';
import type { Digest } from '../../oci/digest.ts';

/** Images that are on record only so that a build finds them; those that got no name meanwhile go with it. */
export class TemporaryImages implements AsyncDisposable {
  private readonly images: Images;
  private readonly known: ReadonlySet<Digest>;
  private readonly made = new Set<Digest>();

  constructor(images: Images) {
    this.images = images;
    this.known = new Set(images.list({ all: true }).map(({ id }) => id));
  }

  /** Notes one that was made for the build; one that was there before stays. */
  add(id: Digest): Digest {
    if (!this.known.has(id)) this.made.add(id);
    return id;
  }

  /** A result without word of what goes. */
  detached(image: BuiltImage): BuiltImage {
    const { parent, ...rest } = image;
    return parent === undefined || !this.made.has(parent) ? image : rest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.made) {
      const image = this.images.find(id);
      if (!image || image.id !== id || image.tags.length + image.digests.length > 0) continue;
      // another build may have come to stand on it
      await this.images.remove(id, { noPrune: true, inUseBy: () => undefined }).catch(() => {});
    }
  }
}
