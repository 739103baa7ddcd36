import { invalid } from '../lib/errors.ts';
import { type Descriptor, isIndexType, isManifestType, mediaTypes } from '../oci/descriptor.ts';
import { isDigest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { Index, Manifest } from '../oci/manifest.ts';

/*
 * Manifests, indexes and configs come from strangers. What passes these parsers has the shape of its type as far as the
 * engine reads it; `place` names the document in errors.
 */

/** More layers than the kernel can stack are refused with Docker's words. */
const MAX_LAYERS = 125;
const MAX_ENTRIES = 10_000;

export function parseManifest(content: Uint8Array, place: string): Manifest {
  const document = parseObject(content, place);
  const { config, layers } = document;
  if (!Array.isArray(layers)) throw invalid(`${place}: no manifest: it has no list of layers`);
  if (layers.length > MAX_LAYERS) throw invalid(`${place}: max depth exceeded: ${layers.length} layers`);
  checkDescriptor(config, `${place}: config`);
  for (const [index, layer] of layers.entries()) checkDescriptor(layer, `${place}: layer ${index}`);
  return document as unknown as Manifest;
}

export function parseIndex(content: Uint8Array, place: string): Index {
  const document = parseObject(content, place);
  const { manifests } = document;
  if (!Array.isArray(manifests)) throw invalid(`${place}: no index: it has no list of manifests`);
  if (manifests.length > MAX_ENTRIES) throw invalid(`${place}: ${manifests.length} entries are too many`);
  for (const [index, entry] of manifests.entries()) checkDescriptor(entry, `${place}: entry ${index}`);
  return document as unknown as Index;
}

/** Only images can be run: other artifacts have configs of other types and no root file system. */
export function parseConfig(content: Uint8Array, place: string): ImageConfig {
  const document = parseObject(content, place);
  const { rootfs, os, architecture } = document;
  for (const name of ['author', 'created', 'variant', 'os.version'])
    if (!isText(document[name])) throw invalid(`${place}: invalid ${name} in image configuration`);
  if (!isObject(rootfs) || rootfs['type'] !== 'layers')
    throw invalid(`${place}: invalid rootfs in image configuration`);
  const diffIds = rootfs['diff_ids'] ?? [];
  if (!Array.isArray(diffIds) || !diffIds.every((id) => typeof id === 'string' && isDigest(id)))
    throw invalid(`${place}: invalid diff_ids in image configuration`);
  if (diffIds.length > MAX_LAYERS) throw invalid(`${place}: max depth exceeded: ${diffIds.length} layers`);
  checkRunConfig(document['config'], place);
  checkHistory(document['history'], place);
  return {
    ...document,
    os: typeof os === 'string' && os !== '' ? os : 'linux',
    architecture: typeof architecture === 'string' ? architecture : '',
    rootfs: { type: 'layers', diff_ids: diffIds },
  } as unknown as ImageConfig;
}

/** The media type that a document states, or shows by its members. */
export function mediaTypeOf(content: Uint8Array, place: string): string {
  const { mediaType, manifests, layers } = parseObject(content, place);
  if (typeof mediaType === 'string' && (isIndexType(mediaType) || isManifestType(mediaType)))
    return mediaType;
  if (Array.isArray(manifests)) return mediaTypes.ociIndex;
  if (Array.isArray(layers)) return mediaTypes.ociManifest;
  throw invalid(`${place}: neither a manifest nor an index`);
}

export function parseObject(content: Uint8Array, place: string): Record<string, unknown> {
  const parsed = parseJson(content, place);
  if (!isObject(parsed)) throw invalid(`${place}: no JSON object`);
  return parsed;
}

export function parseJson(content: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch (error) {
    throw invalid(`${place}: no valid JSON`, error);
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function checkDescriptor(value: unknown, place: string): asserts value is Descriptor {
  if (!isObject(value)) throw invalid(`${place}: no descriptor`);
  const { mediaType, digest, size } = value;
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalid(`${place}: invalid digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalid(`${place}: invalid size`);
  if (typeof mediaType !== 'string') throw invalid(`${place}: invalid media type`);
}

const isStrings = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.every((item) => typeof item === 'string'));
const isMap = (value: unknown): boolean => value === undefined || value === null || isObject(value);
const isText = (value: unknown): boolean =>
  value === undefined || value === null || typeof value === 'string';

const checks: Readonly<Record<string, (value: unknown) => boolean>> = {
  User: isText,
  WorkingDir: isText,
  StopSignal: isText,
  Env: isStrings,
  Entrypoint: isStrings,
  Cmd: isStrings,
  OnBuild: isStrings,
  Shell: isStrings,
  ArgsEscaped: (value) => value === undefined || value === null || typeof value === 'boolean',
  ExposedPorts: isMap,
  Volumes: isMap,
  Labels: (value) => isMap(value) && Object.values(value ?? {}).every((item) => typeof item === 'string'),
  Healthcheck: (value) => isMap(value) && isStrings((value as { Test?: unknown } | undefined)?.Test),
};

function checkRunConfig(config: unknown, place: string): void {
  if (!isMap(config)) throw invalid(`${place}: invalid config in image configuration`);
  for (const [name, check] of Object.entries(checks)) {
    if (!check((config as Record<string, unknown> | undefined)?.[name]))
      throw invalid(`${place}: invalid ${name} in image configuration`);
  }
}

function checkHistory(history: unknown, place: string): void {
  if (history === undefined || history === null) return;
  const texts = ['created', 'created_by', 'author', 'comment'];
  const isStep = (step: unknown): boolean => isObject(step) && texts.every((name) => isText(step[name]));
  if (!Array.isArray(history) || !history.every(isStep))
    throw invalid(`${place}: invalid history in image configuration`);
}
