import { messageOf } from '../../lib/errors.ts';
import { parseReference, repositoryOf, withDefaultTag } from '../../oci/reference.ts';
import { ExitError } from '../exit-code.ts';
import { authFor } from '../registry-auth.ts';
import type { ComposeContext } from './globals.ts';

/** References with the digest that the registry has for them now, in full; those that have one already stay as they are. */
export async function pinnedImages(
  context: ComposeContext,
  images: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const pinned = [...new Set(images)].map(async (image) => {
    const reference = withDefaultTag(parseReference(image));
    const name = repositoryOf(reference);
    if (reference.digest !== undefined) return [image, `${name}@${reference.digest}`] as const;
    return [image, `${name}:${reference.tag}@${await digestOf(context, image)}`] as const;
  });
  return new Map(await Promise.all(pinned));
}

async function digestOf(context: ComposeContext, image: string): Promise<string> {
  try {
    const { Descriptor } = await context.client.images.distribution(image, await authFor(context, image));
    return Descriptor.digest;
  } catch (error) {
    throw new ExitError(1, `failed to resolve digest for ${image}: ${messageOf(error)}`);
  }
}
