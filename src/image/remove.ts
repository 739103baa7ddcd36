import { conflict, type EngineError } from '../lib/errors.ts';
import { shortId } from '../lib/id.ts';
import { chainIdOf, type Digest } from '../oci/digest.ts';
import {
  familiarName,
  parseReference,
  type Reference,
  repositoryOf,
  withDefaultTag,
} from '../oci/reference.ts';
import type { Platform } from '../oci/platform.ts';
import { collectLayers } from './collect.ts';
import type { ImageContext } from './context.ts';
import { getImage, getVariant, indexOf, isIdOf } from './find.ts';
import { publish } from './publish.ts';
import type { Image, Images, RemovedImage } from './types.ts';

export type RemoveOptions = Parameters<Images['remove']>[1];

/** A removal under way: what it was asked for and what it did so far. */
export interface Removal {
  readonly context: ImageContext;
  readonly options: RemoveOptions;
  readonly records: RemovedImage[];
  /** Layers of the images that were deleted. */
  readonly layers: Digest[];
}

/** Docker's `rmi`: takes names away and deletes what has none left, and then its parents that nobody needs. */
export async function remove(
  context: ImageContext,
  nameOrId: string,
  options: RemoveOptions,
): Promise<RemovedImage[]> {
  const removal: Removal = { context, options, records: [], layers: [] };
  try {
    removeRecords(removal, nameOrId);
  } finally {
    // what was deleted before a conflict stays deleted
    await collectLayers(context, removal.layers, options.inUseBy);
  }
  return removal.records;
}

/** The part of a removal that changes records only; layers and blobs are the caller's to collect. */
export function removeRecords(removal: Removal, nameOrId: string): void {
  const image = getImage(removal.context.store, nameOrId);
  const { platforms } = removal.options;
  if (platforms && platforms.length > 0) removePlatforms(removal, image, nameOrId, platforms);
  else removeWhole(removal, image, nameOrId);
}

function removeByName(removal: Removal, image: Image, name: string): void {
  const { context, options } = removal;
  const reference = withDefaultTag(parseReference(name));
  const before = context.store.referencesOf(image.id);
  const user = userOf(removal, image);
  if (!options.force && isSingle(before) && user)
    throw conflict(
      `conflict: unable to remove repository reference "${name}" (must force) - container ${shortId(user.id)} is using its referenced image ${shortId(image.id)}`,
    );
  untag(removal, image, [reference]);
  const left = context.store.referencesOf(image.id);
  if (
    reference.digest === undefined &&
    !left.some((other) => isTag(other) && sameRepository(other, reference))
  )
    untag(
      removal,
      image,
      left.filter((other) => sameRepository(other, reference)),
      { quiet: true },
    );
  if (context.store.referencesOf(image.id).length > 0) return;
  deleteImage(removal, image.id, { force: options.force ?? false, quiet: true });
}

function removeById(removal: Removal, image: Image): void {
  const { context, options } = removal;
  const force = options.force ?? false;
  const references = context.store.referencesOf(image.id);
  if (isSingle(references)) {
    const found = conflictOf(removal, image, { soft: !force, references: false });
    if (found) throw found.error;
    untag(removal, image, references);
  }
  deleteImage(removal, image.id, { force, quiet: false });
}

/** Takes single platforms out of an image; with the last one the image goes as a whole. */
function removePlatforms(
  removal: Removal,
  image: Image,
  nameOrId: string,
  platforms: readonly Platform[],
): void {
  const { store } = removal.context;
  const index = indexOf(store, nameOrId, image);
  const wanted = new Set(platforms.map((platform) => getVariant(store, nameOrId, platform).id));
  const left = [...(index?.variants.keys() ?? [image.id])].filter((id) => !wanted.has(id));
  if (left.length === 0) return removeWhole(removal, image, nameOrId);
  const variants = [...wanted].flatMap((id) => store.get(id) ?? []);
  for (const variant of variants) {
    const found = conflictOf(removal, variant, { soft: !removal.options.force, references: false }, [
      variant,
    ]);
    if (found) throw found.error;
  }
  for (const variant of variants) deleteRecord(removal, variant);
}

function removeWhole(removal: Removal, image: Image, nameOrId: string): void {
  if (isIdOf(image, nameOrId)) removeById(removal, image);
  else removeByName(removal, image, nameOrId);
}

/** Deletes an image and then, unless told otherwise, its parents while they have neither names nor users. */
function deleteImage(
  removal: Removal,
  id: Digest,
  { force, quiet }: { force: boolean; quiet: boolean },
): void {
  const { store } = removal.context;
  const image = store.get(id);
  if (!image) return;
  const found = conflictOf(removal, image, { soft: !force, references: true });
  if (found && quiet && (found.used || store.referencesOf(id).length > 0 || store.childrenOf(id).length > 0))
    return;
  if (found) throw found.error;
  const variants = store.variantsOf(image);
  untag(removal, image, store.referencesOf(id));
  deleteRecord(removal, image);
  // further platforms that no other name holds
  for (const variant of variants) if (!store.isVariant(variant)) deleteRecord(removal, variant);
  if (!removal.options.noPrune && image.parent)
    deleteImage(removal, image.parent, { force: false, quiet: true });
}

function deleteRecord({ context, options, records, layers }: Removal, image: Image): void {
  const { store, events } = context;
  const { diff_ids: diffIds } = image.config.rootfs;
  const retain = options.inUseBy(image.id) !== undefined;
  store.delete(image.id, retain);
  publish(events, 'delete', { image });
  records.push({ deleted: image.id });
  layers.push(...diffIds);
  if (!retain) records.push(...freedChains(store, diffIds).map((deleted) => ({ deleted })));
}

/** The container that uses an image or one of its further platforms, a running one first. */
function userOf(
  { context: { store }, options }: Removal,
  image: Image,
  group: readonly Image[] = [image, ...store.variantsOf(image)],
): ReturnType<RemoveOptions['inUseBy']> {
  const users = group.flatMap(({ id }) => options.inUseBy(id) ?? []);
  return users.find(({ running }) => running) ?? users[0];
}

function untag(
  { context, records }: Removal,
  image: Image,
  references: readonly Reference[],
  { quiet = false } = {},
): void {
  if (references.length === 0) return;
  context.store.unrefer(references);
  for (const reference of references) {
    if (!quiet) publish(context.events, 'untag', { image });
    records.push({ untagged: familiarName(reference) });
  }
}

interface Conflict {
  readonly error: EngineError;
  /** A container is the reason. */
  readonly used: boolean;
}

/** Why an image must stay: always for children and running containers, else only where `soft` reasons count. */
function conflictOf(
  removal: Removal,
  image: Image,
  count: { soft: boolean; references: boolean },
  group?: readonly Image[],
): Conflict | undefined {
  const { store } = removal.context;
  const user = userOf(removal, image, group);
  const fail = (hard: boolean, used: boolean, reason: string): Conflict => ({
    used,
    error: conflict(
      `conflict: unable to delete ${shortId(image.id)} (${hard ? 'cannot be forced' : 'must be forced'}) - ${reason}`,
    ),
  });
  if (store.childrenOf(image.id).length > 0) return fail(true, false, 'image has dependent child images');
  if (user?.running) return fail(true, true, `image is being used by running container ${shortId(user.id)}`);
  if (!count.soft) return undefined;
  if (count.references && store.referencesOf(image.id).length > 0)
    return fail(false, false, 'image is referenced in multiple repositories');
  return user && fail(false, true, `image is being used by stopped container ${shortId(user.id)}`);
}

const isTag = (reference: Reference): boolean => reference.digest === undefined;
const sameRepository = (a: Reference, b: Reference): boolean => repositoryOf(a) === repositoryOf(b);

/** Whether an image has at most one tag, and digests only in that tag's repository. */
function isSingle(references: readonly Reference[]): boolean {
  const [first] = references;
  if (!first || references.length === 1) return true;
  const tags = references.filter(isTag);
  if (tags.length > 1) return false;
  return references.every((reference) => sameRepository(reference, tags[0] ?? first));
}

/** The stacks of layers, highest first, that only the deleted image had. */
function freedChains(store: ImageContext['store'], diffIds: readonly Digest[]): Digest[] {
  const others = store.all().map(({ config }) => config.rootfs.diff_ids);
  const freed: Digest[] = [];
  for (let height = diffIds.length; height > 0; height -= 1) {
    const stack = diffIds.slice(0, height);
    if (others.some((other) => stack.every((diffId, index) => other[index] === diffId))) break;
    freed.push(chainIdOf(stack) as Digest);
  }
  return freed;
}
