import { splitCsv } from '../../lib/csv.ts';
import { SourceError } from '../parse/dockerfile-error.ts';
import { didYouMean } from '../../lib/suggest.ts';
import type { MountType, RunMount, Word } from './types.ts';

/** Every name of an option and its canonical one. */
const canonical: Readonly<Record<string, string>> = {
  type: 'type',
  from: 'from',
  source: 'source',
  src: 'source',
  target: 'target',
  dst: 'target',
  destination: 'target',
  readonly: 'readonly',
  ro: 'readonly',
  readwrite: 'readwrite',
  rw: 'readwrite',
  id: 'id',
  sharing: 'sharing',
  required: 'required',
  size: 'size',
  mode: 'mode',
  uid: 'uid',
  gid: 'gid',
  env: 'env',
};

const types = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const satisfies readonly MountType[];

/** Parses the value of `--mount`: comma-separated `key=value` or `key`, CSV quotes allowed. */
export function toMount({ text, position }: Word): RunMount {
  const options = new Map<string, string>();
  for (const field of splitCsv(text)) {
    const equals = field.indexOf('=');
    const written = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    const name = Object.hasOwn(canonical, written) ? canonical[written] : undefined;
    if (name === undefined)
      throw new SourceError(
        position,
        `unexpected key '${written}' in '${field}'${didYouMean(written, Object.keys(canonical))}`,
      );
    if (equals < 0 && !['readonly', 'readwrite', 'required'].includes(name))
      throw new SourceError(position, `invalid field '${field}' must be a key=value pair`);
    options.set(name, equals < 0 ? 'true' : field.slice(equals + 1));
  }
  const from = options.get('from');
  if (from !== undefined && /\$./.test(from))
    throw new SourceError(position, "'from' doesn't support variable expansion, define alias stage instead");
  const type = options.get('type') ?? 'bind';
  if (!type.includes('$')) mountType(type, position);
  return { type, options, position };
}

/** The type that a text means, in any case. */
export function mountType(text: string, position: RunMount['position']): MountType {
  const type = types.find((name) => name === text.toLowerCase());
  if (type) return type;
  throw new SourceError(position, `unsupported mount type ${JSON.stringify(text)}${didYouMean(text, types)}`);
}
