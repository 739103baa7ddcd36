import type { CacheExport } from '../../build/remote-cache/types.ts';
import { EngineError, invalid, messageOf } from '../../lib/errors.ts';
import { parseReference, type Reference } from '../../oci/reference.ts';
import { flag, layerFormat } from '../export/options.ts';
import type { FrontendAttributes } from '../frontend/attributes.ts';
import type { OptionsEntry, SolveRequest } from '../message-types.ts';

/** Where a client wants the cache of its build. */
export type CacheOutput = {
  readonly options: CacheExport;
  /** What is done otherwise than asked. */
  readonly warnings: readonly string[];
  /** A cache that can't be written is no reason to fail. */
  readonly ignoreError: boolean;
} & (
  | { readonly type: 'registry'; readonly reference: Reference }
  | { readonly type: 'local'; readonly store: string }
);

export type CacheInput =
  | { readonly type: 'registry'; readonly ref: string }
  | { readonly type: 'local'; readonly store: string; readonly digest: string }
  /** Of a kind that can't be read: no reason to fail. */
  | { readonly type: 'unsupported'; readonly error: EngineError };

/** What a request says of caches. */
export interface CacheRequest {
  readonly outputs: readonly CacheOutput[];
  readonly inputs: readonly CacheInput[];
  /** The image itself is to be a cache. */
  readonly inline: boolean;
}

export function readCacheRequest({ Cache, FrontendAttrs }: SolveRequest): CacheRequest {
  const exports = Cache?.Exports ?? [];
  const others = exports.filter(({ Type }) => Type !== 'inline');
  return {
    outputs: others.map(toOutput),
    inputs: (importsOf(FrontendAttrs) ?? Cache?.Imports ?? []).map(toInput),
    inline: others.length < exports.length,
  };
}

/** Clients that run the frontend themselves say it by an attribute, as JSON. */
function importsOf(attributes: FrontendAttributes): OptionsEntry[] | undefined {
  const text = attributes['cache-imports'];
  if (text) return parseImports(text);
  const names = (attributes['cache-from'] ?? '').split(',').filter(Boolean);
  return names.length > 0 ? names.map((ref) => ({ Type: 'registry', Attrs: { ref } })) : undefined;
}

function parseImports(text: string): OptionsEntry[] {
  try {
    const entries = JSON.parse(text) as Partial<OptionsEntry>[];
    return entries.map(({ Type = '', Attrs }) => ({ Type, Attrs: Attrs ?? {} }));
  } catch (error) {
    throw invalid(`failed to unmarshal cache-imports: ${messageOf(error)}`, error);
  }
}

function toOutput(entry: OptionsEntry): CacheOutput {
  try {
    return readOutput(entry);
  } catch (error) {
    throw error instanceof EngineError && error.kind === 'invalid'
      ? invalid(`failed to configure ${entry.Type} cache exporter: ${error.message}`, error)
      : error;
  }
}

function readOutput({ Type, Attrs }: OptionsEntry): CacheOutput {
  const place = placeOf(Type, Attrs);
  const ociTypes = flag(Attrs, 'oci-mediatypes') ?? true;
  const imageManifest = flag(Attrs, 'image-manifest') ?? ociTypes;
  if (imageManifest && !ociTypes)
    throw invalid(
      'invalid configuration for remote cache, OCI mediatypes are required for image-manifest cache format',
    );
  const mode = Attrs['mode'] === 'max' ? 'max' : 'min';
  const { warnings, ...format } = layerFormat(Attrs);
  return {
    ...place,
    options: { mode, format, ociTypes, imageManifest },
    warnings,
    ignoreError: flag(Attrs, 'ignore-error') ?? false,
  };
}

function placeOf(type: string, attributes: FrontendAttributes) {
  switch (type) {
    case 'registry':
      return {
        type,
        reference: parseReference(needed(attributes, 'ref', 'registry cache exporter')),
      } as const;
    case 'local':
      return { type, store: needed(attributes, 'dest', 'local cache exporter') } as const;
    default:
      throw unsupported('export', type, 'inline, registry and local');
  }
}

function toInput({ Type, Attrs }: OptionsEntry): CacheInput {
  switch (Type) {
    case 'registry':
      return { type: Type, ref: needed(Attrs, 'ref', 'registry cache importer') };
    case 'local':
      return {
        type: Type,
        store: needed(Attrs, 'src', 'local cache importer'),
        digest: needed(Attrs, 'digest', 'local cache importer'),
      };
    default:
      return { type: 'unsupported', error: unsupported('import', Type, 'registry and local') };
  }
}

function needed(attributes: FrontendAttributes, name: string, who: string): string {
  const value = attributes[name];
  if (!value) throw invalid(`${who} requires ${name === 'digest' ? 'explicit digest' : name}`);
  return value;
}

const unsupported = (verb: string, type: string, supported: string): EngineError =>
  new EngineError(
    'not-implemented',
    `cache ${verb} of type ${JSON.stringify(type)} is not supported by this engine: use ${supported}`,
  );
