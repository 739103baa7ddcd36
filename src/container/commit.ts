import type { Digest } from '../oci/digest.ts';
import type { ImageConfig, ImageRunConfig } from '../oci/image-config.ts';
import { hostPlatform } from '../oci/platform.ts';
import { familiarName, parseReference, withDefaultTag } from '../oci/reference.ts';
import { conflict, invalid, kindOf } from '../lib/errors.ts';
import { committedConfig } from './commit/committed-config.ts';
import type { ContainerRecord } from './container-record.ts';
import { type Context, publish } from './context.ts';
import type { Containers } from './types.ts';

/** An archive without entries: a container that changed nothing adds no layer. */
const EMPTY_LAYER = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';

type CommitOptions = Parameters<Containers['commit']>[1];

/** The verb: makes an image of what the container changed. A running one is paused meanwhile, if asked for. */
export async function commitContainer(
  context: Context,
  record: ContainerRecord,
  options: CommitOptions,
): Promise<Digest> {
  if (record.state.status === 'removing' || record.state.status === 'dead')
    throw conflict(`You cannot commit container ${record.id} which is being removed`);
  const reference = options.reference ? withDefaultTag(parseReference(options.reference)) : undefined;
  if (reference?.digest) throw invalid('invalid reference format: a commit cannot be named by digest');
  const config = committedConfig(record.spec, options.config, options.changes);
  const layer = await whilePaused(context, record, options.pause, () =>
    context.snapshots.commit(record.id, { move: false }),
  );
  const parent = context.images.find(record.spec.imageId);
  const image = await context.images.create(
    imageConfig(record, parent?.config, config, layer.diffId, options),
    {
      ...(reference && { tags: [reference] }),
      ...(parent && { parent: parent.id }),
    },
  );
  publish(context, record, 'commit', {
    comment: options.comment ?? '',
    imageID: image.id,
    imageRef: reference ? familiarName(reference) : '',
  });
  return image.id;
}

async function whilePaused<T>(
  context: Context,
  record: ContainerRecord,
  wanted: boolean,
  work: () => Promise<T>,
): Promise<T> {
  if (!wanted || record.state.status !== 'running') return work();
  return context.locks.run(record.id, async () => {
    const { run } = record;
    if (!run) return work();
    const isPaused = await unlessEnded(() => context.runtime.pause(record.id));
    try {
      return await work();
    } finally {
      if (isPaused) await unlessEnded(() => context.runtime.resume(record.id));
    }
  });
}

/** Whoever starts a short command and commits it at once gets an image: what ends meanwhile needs no pause. */
async function unlessEnded(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (kindOf(error) !== 'conflict') throw error;
    return false;
  }
}

function imageConfig(
  record: ContainerRecord,
  base: ImageConfig | undefined,
  config: ImageRunConfig,
  diffId: Digest,
  options: CommitOptions,
): ImageConfig {
  const isEmpty = diffId === EMPTY_LAYER;
  const created = new Date().toISOString();
  const { spec } = record;
  return {
    ...(base ?? hostPlatform()),
    created,
    ...(options.author && { author: options.author }),
    config,
    rootfs: { type: 'layers', diff_ids: [...(base?.rootfs.diff_ids ?? []), ...(isEmpty ? [] : [diffId])] },
    history: [
      ...(base?.history ?? []),
      {
        created,
        created_by: [...spec.entrypoint, ...spec.cmd].join(' '),
        ...(options.author && { author: options.author }),
        ...(options.comment && { comment: options.comment }),
        ...(isEmpty && { empty_layer: true }),
      },
    ],
  };
}
