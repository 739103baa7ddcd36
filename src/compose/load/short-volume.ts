import { posix } from 'node:path';
import { problemAt } from './compose-error.ts';
import { mapOf } from './tree-forms.ts';
import type { MapTree, Place, Tree } from './tree.ts';

/** The long form of `[SOURCE:]TARGET[:MODE]`. A source that begins with a slash, `.`, `~` or a drive is a path on the host. */
export function expandVolume(spec: string, place: Place): MapTree {
  const fail = (why: string): Error =>
    problemAt(
      place,
      `invalid spec: ${spec}: ${why}: invalid volume specification, want [SOURCE:]TARGET[:MODE]`,
    );
  if (spec === '') throw problemAt(place, 'invalid empty volume spec');
  if (spec.length < 3) return mapOf(place, { type: 'volume', target: spec });
  const parts = splitSpec(spec);
  if (parts.includes('')) throw fail('empty section between colons');
  if (parts.length > 3) throw fail('too many colons');
  const [source, target, mode = ''] = parts.length === 1 ? [undefined, spec] : parts;
  const options = readOptions(mode.split(','));
  const fields = {
    source,
    target: posix.normalize(target ?? '').replace(/(.)\/$/, '$1'),
    read_only: options.readOnly || undefined,
  };
  const part = (keys: Parameters<typeof mapOf>[1]): Tree => mapOf(place, keys);
  if (source !== undefined && isHostPath(source))
    return mapOf(place, {
      type: 'bind',
      ...fields,
      bind: part({ ...options.bind, create_host_path: true }),
      volume: options.noCopy ? part({ nocopy: true }) : undefined,
    });
  return mapOf(place, {
    type: 'volume',
    ...fields,
    bind: Object.keys(options.bind).length > 0 ? part(options.bind) : undefined,
    volume: part(options.noCopy ? { nocopy: true } : {}),
  });
}

/** Cuts at colons, but not at that of a drive (`C:\\x`), nor within a variable (`${X:-y}`). */
function splitSpec(spec: string): string[] {
  const parts: string[] = [];
  for (const part of spec.split(':')) {
    const before = parts.at(-1);
    if (before !== undefined && (/^[A-Za-z]$/.test(before) || opensVariable(before)))
      parts[parts.length - 1] = `${before}:${part}`;
    else parts.push(part);
  }
  return parts;
}

const opensVariable = (text: string): boolean => text.split('${').length > text.split('}').length;

interface VolumeOptions {
  readonly readOnly: boolean;
  readonly noCopy: boolean;
  readonly bind: Readonly<Record<string, string>>;
}

/** Options that are not known mean nothing, as in Docker's own reading. */
function readOptions(words: readonly string[]): VolumeOptions {
  const propagation = words.findLast((word) => /^r?(private|shared|slave)$/.test(word));
  const selinux = words.findLast((word) => /^[zZ]$/.test(word));
  return {
    readOnly: words.findLast((word) => word === 'ro' || word === 'rw') === 'ro',
    noCopy: words.includes('nocopy'),
    bind: { ...(selinux && { selinux }), ...(propagation && { propagation }) },
  };
}

const isHostPath = (source: string): boolean => /^([./~]|\\\\|[A-Za-z]:)/.test(source);
