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

const allowed: Readonly<Record<MountType, readonly string[]>> = {
  bind: ['from', 'source', 'target', 'readonly', 'readwrite'],
  cache: ['from', 'source', 'target', 'readonly', 'readwrite', 'id', 'sharing', 'mode', 'uid', 'gid'],
  tmpfs: ['target', 'size'],
  secret: ['id', 'source', 'target', 'required', 'mode', 'uid', 'gid', 'env'],
  ssh: ['id', 'target', 'required', 'mode', 'uid', 'gid'],
};

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
  return checked({ type: typeOf(options, position), options, position });
}

function typeOf(options: ReadonlyMap<string, string>, position: RunMount['position']): MountType {
  const type = options.get('type') ?? 'bind';
  if (Object.hasOwn(allowed, type)) return type as MountType;
  throw new SourceError(
    position,
    `unsupported mount type ${JSON.stringify(type)}${didYouMean(type, Object.keys(allowed))}`,
  );
}

function checked(mount: RunMount): RunMount {
  const { type, options, position } = mount;
  for (const name of options.keys())
    if (name !== 'type' && !allowed[type].includes(name))
      throw new SourceError(position, `unexpected key '${name}' for mount type '${type}'`);
  if (!options.get('target') && type !== 'secret' && type !== 'ssh')
    throw new SourceError(position, `mount of type '${type}' requires a target`);
  if (options.get('from')?.includes('$'))
    throw new SourceError(position, "'from' doesn't support variable expansion, define alias stage instead");
  const sharing = options.get('sharing');
  if (sharing !== undefined && !['shared', 'private', 'locked'].includes(sharing) && !sharing.includes('$'))
    throw new SourceError(position, `unsupported sharing value ${JSON.stringify(sharing)}`);
  return mount;
}

/** The fields of one CSV record. */
function splitCsv(text: string): string[] {
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}
