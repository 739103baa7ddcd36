import type { BuiltImage } from '../../build/types.ts';
import { EngineError } from '../../lib/errors.ts';
import { familiarName, parseReference, withDefaultTag } from '../../oci/reference.ts';
import type { BuildKitContext } from '../context.ts';
import type { OptionsEntry } from '../message-types.ts';
import type { BuildTeller } from '../status/tell-build.ts';

/** Puts the result of a build where the client wants it; returns what the client is told of it. */
export async function exportImage(
  context: BuildKitContext,
  teller: BuildTeller,
  image: BuiltImage,
  exporter: OptionsEntry,
): Promise<Record<string, string>> {
  switch (exporter.Type) {
    case 'moby':
    case 'image':
      return teller.during('exporting to image', () => intoStore(context, image, exporter.Attrs));
    default:
      throw new EngineError(
        'not-implemented',
        `output type ${exporter.Type} is not supported by this engine`,
      );
  }
}

/** Nothing is copied: the layers are in the store already. */
async function intoStore(
  { images }: BuildKitContext,
  built: BuiltImage,
  attributes: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const names = (attributes['name'] ?? '').split(',').filter(Boolean);
  const tags = names.map((name) => withDefaultTag(parseReference(name)));
  const { id } = await images.create(built.config, { tags, ...(built.parent && { parent: built.parent }) });
  return {
    'containerimage.digest': id,
    'containerimage.config.digest': id,
    ...(tags.length > 0 && { 'image.name': tags.map(familiarName).join(',') }),
  };
}
