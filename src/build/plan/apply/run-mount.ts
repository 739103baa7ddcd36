import { posix } from 'node:path';
import { parseBytes } from '../../../lib/bytes.ts';
import { messageOf } from '../../../lib/errors.ts';
import type { RunMount } from '../../instructions/types.ts';
import { SourceError } from '../../parse/dockerfile-error.ts';
import type { StageState } from '../stage-state.ts';
import type { ExecMount } from '../types.ts';

/** The mount of a RUN with its variables replaced. */
export function planMount(mount: RunMount, state: StageState, input: number | undefined): ExecMount {
  const { type, position } = mount;
  const option = (name: string): string | undefined => {
    const text = mount.options.get(name);
    return text === undefined ? undefined : state.expand({ text, position });
  };
  if (type === 'secret' || type === 'ssh')
    throw new SourceError(
      position,
      `RUN --mount=type=${type} needs a client that brings ${type === 'ssh' ? 'an agent' : 'secrets'} along, which the classic build protocol can't`,
    );
  const target = posix.resolve('/', state.workingDir, option('target') ?? '');
  if (target === '/') throw new SourceError(position, 'invalid mount target "/"');
  if (type === 'tmpfs') return { type, target, ...sizeOf(option('size'), position) };
  const source = posix.resolve('/', option('source') ?? '/');
  const readOnly = isReadOnly(mount);
  const from = input === undefined ? {} : { input };
  if (type === 'bind') return { type, target, source, readOnly, ...from };
  return {
    type,
    target,
    id: option('id') || target,
    source,
    sharing: sharingOf(option('sharing') ?? 'shared', position),
    readOnly,
    mode: numberOf('mode', option('mode') ?? '0755', 8, position),
    uid: numberOf('uid', option('uid') ?? '0', 10, position),
    gid: numberOf('gid', option('gid') ?? '0', 10, position),
    ...from,
  };
}

/** Bind mounts are read-only unless they say otherwise, caches are writable. */
function isReadOnly({ type, options }: RunMount): boolean {
  const readOnly = options.get('readonly');
  const readWrite = options.get('readwrite');
  if (readOnly !== undefined) return readOnly !== 'false';
  if (readWrite !== undefined) return readWrite === 'false';
  return type === 'bind';
}

function sharingOf(text: string, position: RunMount['position']): 'shared' | 'private' | 'locked' {
  if (text === 'shared' || text === 'private' || text === 'locked') return text;
  throw new SourceError(position, `unsupported sharing value ${JSON.stringify(text)}`);
}

function sizeOf(text: string | undefined, position: RunMount['position']): { size?: number } {
  if (text === undefined) return {};
  try {
    return { size: parseBytes(text) };
  } catch (error) {
    throw new SourceError(position, messageOf(error));
  }
}

function numberOf(name: string, text: string, radix: 8 | 10, position: RunMount['position']): number {
  const pattern = radix === 8 ? /^[0-7]{1,5}$/ : /^\d{1,10}$/;
  if (!pattern.test(text))
    throw new SourceError(position, `invalid value for ${name}: ${JSON.stringify(text)}`);
  return Number.parseInt(text, radix);
}
