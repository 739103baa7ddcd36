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

export function layerFormat(attributes: FrontendAttributes): LayerFormat {
  const { compression = 'gzip', 'compression-level': level } = attributes;
  if (compression !== 'gzip' && compression !== 'zstd' && compression !== 'uncompressed')
    throw invalid(
      `unsupported layer compression type ${JSON.stringify(compression)} (gzip, zstd, uncompressed)`,
    );
  const force = flag(attributes, 'force-compression') ?? false;
  if (level === undefined || compression === 'uncompressed') return { compression, force };
  const number = Number(level);
  if (!/^-?\d+$/.test(level)) throw invalid(`non-integer value ${level} specified for compression-level`);
  if (number < 0 || number > highest[compression])
    throw invalid(`compression-level=${level}: ${compression} has levels from 0 to ${highest[compression]}`);
  return { compression, force, level: number };
}

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
