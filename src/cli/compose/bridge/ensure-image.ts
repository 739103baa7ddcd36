import { EngineError, kindOf } from '../../../lib/errors.ts';
import { familiarName, parseReference, withDefaultTag } from '../../../oci/reference.ts';
import { authFor } from '../../registry-auth.ts';
import type { ComposeContext } from '../globals.ts';

/** Pulls an image that is not there. */
export async function ensureImage(context: ComposeContext, image: string): Promise<void> {
  const { images } = context.client;
  try {
    await images.inspect(image);
  } catch (error) {
    if (kindOf(error) !== 'not-found') throw error;
    const auth = await authFor(context, image);
    const lines = await images.pull(familiarName(withDefaultTag(parseReference(image))), {
      ...(auth && { auth }),
      signal: context.signal,
    });
    for await (const line of lines)
      if (line.error !== undefined)
        throw new EngineError('internal', line.errorDetail?.message ?? line.error);
  }
}
