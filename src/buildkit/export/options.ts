import { parseEpoch, readEpoch } from '../../build/result/source-date-epoch.ts';
import type { LayerFormat } from '../../image/distribution/types.ts';
import { invalid } from '../../lib/errors.ts';
import { parseReference, type Reference, repositoryOf, withDefaultTag } from '../../oci/reference.ts';
import type { FrontendAttributes } from '../frontend/attributes.ts';

/** A member of an output that is on or off; without a value it is on. */
export function flag(attributes: FrontendAttributes, name: string): boolean | undefined {
  const text = attributes[name];
  if (text === undefined) return undefined;
  if (text === '' || /^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw invalid(`non-bool value specified for ${name}: ${JSON.stringify(text)}`);
}

const highest: Readonly<Record<LayerFormat['compression'], number>> = { gzip: 9, zstd: 22, uncompressed: 0 };

/** What an output says of its layers. What the compressors don't have is replaced by the nearest that they have: `warnings` says by what. */
export function layerFormat(
  attributes: FrontendAttributes,
): LayerFormat & { readonly warnings: readonly string[] } {
  const { compression: asked = 'gzip', 'compression-level': level } = attributes;
  const compression = asked === 'estargz' ? 'gzip' : asked;
  if (compression !== 'gzip' && compression !== 'zstd' && compression !== 'uncompressed')
    throw invalid(`unsupported compression type ${JSON.stringify(asked)} (gzip, zstd, uncompressed)`);
  const force = flag(attributes, 'force-compression') ?? false;
  const warnings = asked === 'estargz' ? [NO_ESTARGZ] : [];
  if (level === undefined) return { compression, force, warnings };
  if (!/^[-+]?\d+$/.test(level)) throw invalid(`non-integer value ${level} specified for compression-level`);
  if (compression === 'uncompressed' || level === '-1') return { compression, force, warnings };
  const most = highest[compression];
  const nearest = Number(level) < 0 ? 1 : Math.min(Number(level), most);
  if (nearest !== Number(level))
    warnings.push(
      `compression-level=${level}: ${compression} has levels from 0 to ${most}, ${nearest} is taken`,
    );
  return { compression, force, level: nearest, warnings };
}

const NO_ESTARGZ =
  'compression=estargz: layers are plain gzip, which everyone reads, but without the index by which some load them lazily; compression=gzip says so';

/** The names that an output is to have, as they were given, in full. */
export interface OutputName {
  readonly reference: Reference;
  /** As clients are told of it. */
  readonly text: string;
}

export function outputNames(attributes: FrontendAttributes): OutputName[] {
  const names = (attributes['name'] ?? '').split(',').filter((name) => name !== '' && name !== '*');
  return names.map((name) => {
    const reference = parseReference(name);
    const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
    const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
    return { reference: withDefaultTag(reference), text: `${repositoryOf(reference)}${tag}${digest}` };
  });
}

/** The time later than which nothing may be: of the output, else of the build. */
export function epochOf(output: FrontendAttributes, build: FrontendAttributes): number | undefined {
  const own = output['source-date-epoch'];
  if (own !== undefined) return own === '' ? undefined : parseEpoch(own, 'source-date-epoch');
  return readEpoch(build['build-arg:SOURCE_DATE_EPOCH']);
}
