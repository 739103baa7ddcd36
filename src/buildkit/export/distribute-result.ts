import type { Distribution, DistributedImage } from '../../image/distribution/types.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { Attestor } from '../attest/attestor.ts';
import type { FrontendAttributes } from '../frontend/attributes.ts';
import type { ResultPart } from '../result.ts';
import { AnnotationSet } from './annotations.ts';
import { epochOf, flag, layerFormat, outputNames, type OutputName } from './options.ts';
import type { ExporterResponse, OutputTask } from './output.ts';

/** What decides how a result is written as manifests. */
export interface Writing {
  readonly output: OutputTask;
  readonly names: readonly OutputName[];
  readonly annotations: AnnotationSet;
  readonly attestor: Attestor;
  /** Statements that are only for where they cost nothing are filed, too. */
  readonly inlineToo: boolean;
  readonly ociTypes: boolean;
}

export function prepareWriting(output: OutputTask, inlineToo: boolean): Writing {
  const { exporter, compatibility } = output;
  const annotations = new AnnotationSet(exporter.Attrs);
  const attestor = new Attestor(output);
  const isOci = exporter.Type === 'oci' || !annotations.isEmpty;
  const wanted = flag(exporter.Attrs, 'oci-mediatypes');
  const needed = attestor.states(inlineToo) ? 'an attestation' : ociOnly(exporter.Attrs);
  if (needed !== undefined && wanted === false)
    output.task.warn(`oci-mediatypes=false: ${needed} needs OCI's media types, so these are written`);
  return {
    output,
    names: outputNames(exporter.Attrs),
    annotations,
    attestor,
    inlineToo,
    ociTypes: needed !== undefined || (wanted ?? (compatibility >= 30 || isOci)),
  };
}

/** A member of an output that Docker's media types have no place for. */
function ociOnly(attributes: FrontendAttributes): string | undefined {
  if (attributes['compression'] === 'estargz') return 'compression=estargz';
  return flag(attributes, 'oci-artifact') ? 'oci-artifact=true' : undefined;
}

/** Whether the result is an index: of several platforms, or with statements beside its images. */
export function isIndex({ output: { result }, attestor, inlineToo }: Writing): boolean {
  return result.isMap || attestor.states(inlineToo);
}

/** Writes a result as manifests: compresses its layers, states what is to be stated about its images. */
export async function distributeResult(writing: Writing): Promise<Distribution> {
  const { output, annotations, ociTypes } = writing;
  const { result, exporter, context, signal, task } = output;
  const withIndex = isIndex(writing);
  annotations.check(
    result.parts.map(({ platform }) => platform),
    withIndex,
  );
  const { warnings, ...format } = layerFormat(exporter.Attrs);
  warnings.forEach(task.warn);
  const asArtifacts = flag(exporter.Attrs, 'oci-artifact') ?? false;
  const index = { annotations: annotations.of('index'), asArtifacts };
  using held = new DisposableStack();
  const images: DistributedImage[] = [];
  for (const part of result.parts) images.push(await describe(writing, part, held));
  return task.part('exporting layers', () =>
    context.images.distribute({ images, ...(withIndex && { index }), format, ociTypes }, { signal }),
  );
}

async function describe(
  { output, annotations, attestor, names, inlineToo }: Writing,
  part: ResultPart,
  held: DisposableStack,
): Promise<DistributedImage> {
  const { platform, image } = part;
  const clamped = await clampedConfig(output, part, held);
  const { parent } = image;
  return {
    config: clamped ?? image.config,
    parent,
    annotations: annotations.of('manifest', platform),
    descriptorAnnotations: annotations.of('manifest-descriptor', platform),
    statements: (manifest: Descriptor) => attestor.state({ part, manifest, names, inlineToo }),
  };
}

/** With `rewrite-timestamp` the layers are made anew. */
export async function clampedConfig(
  { exporter, context, task, signal }: OutputTask,
  { image, account, id }: ResultPart,
  held: DisposableStack,
): Promise<ResultPart['image']['config'] | undefined> {
  const epoch = epochOf(exporter.Attrs, account.attributes);
  if (!flag(exporter.Attrs, 'rewrite-timestamp') || epoch === undefined) return undefined;
  const { parent } = image;
  const title = `rewriting layers with source-date-epoch ${epoch} (${id})`;
  const clamped = await task.part(title, () =>
    context.images.clampTimes(image.config, { parent, epoch, signal }),
  );
  return held.use(clamped).config;
}

/** What clients are told of what was written. */
export function describeRoot(
  { output: { result }, annotations }: Writing,
  { root, images }: Distribution,
  more: Record<string, string> = {},
): ExporterResponse {
  const { mediaType, digest, size, platform } = root;
  const own = root === images[0]?.manifest ? root.annotations : annotations.of('index-descriptor');
  const all = { ...more, ...own };
  const described = {
    mediaType,
    digest,
    size,
    ...(Object.keys(all).length > 0 && { annotations: all }),
    ...(platform && { platform }),
  };
  const single = result.parts.length === 1 && root === images[0]?.manifest ? images[0].id : undefined;
  return {
    'containerimage.digest': digest,
    ...(single && { 'containerimage.config.digest': single }),
    'containerimage.descriptor': Buffer.from(JSON.stringify(described)).toString('base64'),
  };
}
