import type { Distribution } from '../../image/distribution/types.ts';
import { invalid, isAbort, prefixed } from '../../lib/errors.ts';
import type { Reference } from '../../oci/reference.ts';
import {
  clampedConfig,
  describeRoot,
  distributeResult,
  isIndex,
  prepareWriting,
  type Writing,
} from './distribute-result.ts';
import { flag } from './options.ts';
import type { ExporterResponse, OutputTask } from './output.ts';

/**
 * `type=image`: into the store, and to a registry with `push`. A single image that nothing more is asked of is only recorded: its layers are in
 * the store already. All else is written as manifests.
 */
export async function exportImage(output: OutputTask): Promise<ExporterResponse> {
  const { Attrs } = output.exporter;
  const push = flag(Attrs, 'push') ?? false;
  const writing = prepareWriting(output, push || output.result.isMap);
  if (push && writing.names.length === 0) throw invalid('tag is needed when pushing to registry');
  if (!push && !needsManifest(writing)) return recordOnly(writing);
  using distribution = await distributeResult(writing);
  if (flag(Attrs, 'store') ?? true) await store(writing, distribution);
  if (push) for (const { reference } of writing.names) await pushTo(writing, distribution, reference);
  return { ...describeRoot(writing, distribution), ...nameResponse(writing) };
}

const aboutManifests = ['compression', 'compression-level', 'force-compression', 'oci-mediatypes'];

function needsManifest(writing: Writing): boolean {
  const { annotations, output } = writing;
  const isAsked = aboutManifests.some((name) => output.exporter.Attrs[name] !== undefined);
  return isAsked || isIndex(writing) || !annotations.isEmpty;
}

/** Nothing is copied: the layers are in the store already. */
async function recordOnly(writing: Writing): Promise<ExporterResponse> {
  const { output, names } = writing;
  const { context, result, exporter } = output;
  const [part] = result.parts;
  if (!part) throw invalid('the build has no result');
  if (flag(exporter.Attrs, 'store') === false) return nameResponse(writing);
  using held = new DisposableStack();
  const config = (await clampedConfig(output, part, held)) ?? part.image.config;
  const { parent } = part.image;
  const tags = names.map(({ reference }) => reference);
  const { task } = output;
  await task.part('exporting layers', async () => {});
  const { id } = await context.images.create(config, { tags, ...(parent && { parent }) });
  await task.part(`writing image ${id}`, async () => {});
  for (const { text } of names) await task.part(`naming to ${text}`, async () => {});
  return { 'containerimage.digest': id, 'containerimage.config.digest': id, ...nameResponse(writing) };
}

async function store({ output: { task }, names }: Writing, distribution: Distribution): Promise<void> {
  const tags = names.map(({ reference }) => reference).filter(({ digest }) => digest === undefined);
  const title = names.map(({ text }) => `naming to ${text}`).join(', ') || 'storing';
  await task.part(title, async () => distribution.record(tags));
}

async function pushTo(
  { output, names }: Writing,
  distribution: Distribution,
  reference: Reference,
): Promise<void> {
  const { peer, exporter, task, signal } = output;
  const { domain, path } = reference;
  const byDigest = flag(exporter.Attrs, 'push-by-digest') ?? false;
  const auth = await peer.credentials(domain, signal);
  const name = names.find((each) => each.reference === reference)?.text ?? '';
  await task.part(`pushing manifest for ${name}@${distribution.root.digest}`, () =>
    distribution
      .push(byDigest ? { domain, path } : reference, {
        signal,
        ...(auth && { auth }),
        onProgress: ({ id = '', status, current = 0, total = 0 }) =>
          task.progress(`pushing ${id}`, { current, total, done: status !== 'Pushing' }),
      })
      .catch((error: unknown) => {
        throw isAbort(error) ? error : prefixed(`failed to push ${name}`, error);
      }),
  );
}

const nameResponse = ({ names }: Writing): ExporterResponse =>
  names.length > 0 ? { 'image.name': names.map(({ text }) => text).join(',') } : {};
