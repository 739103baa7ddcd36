import type { BuiltImage } from '../../build/types.ts';
import { EngineError } from '../../lib/errors.ts';
import { packTree } from '../../lib/tar/pack-tree.ts';
import { familiarName, parseReference, withDefaultTag } from '../../oci/reference.ts';
import type { BuildKitContext } from '../context.ts';
import type { OptionsEntry } from '../message-types.ts';
import { sendFile } from '../session/send-file.ts';
import { sendTree } from '../session/send-tree.ts';
import type { Session } from '../session/session.ts';
import type { BuildTeller } from '../status/tell-build.ts';

export interface Export {
  readonly context: BuildKitContext;
  readonly session: Session;
  readonly teller: BuildTeller;
  readonly image: BuiltImage;
  readonly exporter: OptionsEntry;
  /** Its place among the outputs of the build. */
  readonly number: number;
  readonly signal: AbortSignal;
}

/** Puts the result of a build where the client wants it; returns what the client is told of it. */
export function exportImage(given: Export): Promise<Record<string, string>> {
  const { teller, exporter } = given;
  switch (exporter.Type) {
    case 'moby':
    case 'image':
      return teller.during('exporting to image', () => intoStore(given));
    case 'local':
      return teller.during('exporting to client directory', () => toDirectory(given));
    case 'tar':
      return teller.during('exporting to client tarball', () => toArchive(given));
    default:
      throw new EngineError(
        'not-implemented',
        `output type ${exporter.Type} is not supported by this engine`,
      );
  }
}

/** Nothing is copied: the layers are in the store already. */
async function intoStore({ context, image, exporter }: Export): Promise<Record<string, string>> {
  const names = (exporter.Attrs['name'] ?? '').split(',').filter(Boolean);
  const tags = names.map((name) => withDefaultTag(parseReference(name)));
  const { parent } = image;
  const { id } = await context.images.create(image.config, { tags, ...(parent && { parent }) });
  return {
    'containerimage.digest': id,
    'containerimage.config.digest': id,
    ...(tags.length > 0 && { 'image.name': tags.map(familiarName).join(',') }),
  };
}

async function toDirectory({
  context,
  session,
  image,
  number,
  signal,
}: Export): Promise<Record<string, string>> {
  await using rootfs = context.builder.openRootfs(image);
  await sendTree(session, rootfs.root, number, signal);
  return {};
}

async function toArchive({
  context,
  session,
  image,
  number,
  signal,
}: Export): Promise<Record<string, string>> {
  await using rootfs = context.builder.openRootfs(image);
  await sendFile(session, packTree(rootfs.root, { live: false }), number, signal);
  return {};
}
