import { posix } from 'node:path';
import { parseBytes } from '../../../lib/bytes.ts';
import { messageOf } from '../../../lib/errors.ts';
import type { RunMount } from '../../instructions/types.ts';
import { SourceError } from '../../parse/dockerfile-error.ts';
import type { StageState } from '../stage-state.ts';
import type { ExecMount } from '../types.ts';
import type { ApplyContext } from './context.ts';

/** The mount of a RUN with its variables replaced. */
export function planMount(
  mount: RunMount,
  { state, args }: Pick<ApplyContext, 'state' | 'args'>,
  { input, agent }: { readonly input: number | undefined; readonly agent: number },
): ExecMount {
  const { type, position } = mount;
  const option = (name: string): string | undefined => {
    const text = mount.options.get(name);
    return text === undefined ? undefined : state.expand({ text, position });
  };
  if (type === 'secret') return planSecret(option, mount, state);
  if (type === 'ssh') return planAgent(option, mount, state, agent);
  const target = posix.resolve('/', state.workingDir, option('target') ?? '');
  if (target === '/') throw new SourceError(position, 'invalid mount target "/"');
  if (type === 'tmpfs') return { type, target, ...sizeOf(option('size'), position) };
  const source = posix.resolve('/', option('source') ?? '/');
  const readOnly = isReadOnly(mount);
  const from = input === undefined ? {} : { input };
  if (type === 'bind') return { type, target, source, readOnly, ...from };
  const namespace = args.builtIn('BUILDKIT_CACHE_MOUNT_NS');
  const id = option('id') || target;
  return {
    type,
    target,
    id: namespace ? `${namespace}/${id}` : id,
    source,
    sharing: sharingOf(option('sharing') ?? 'shared', position),
    readOnly,
    mode: numberOf('mode', option('mode') ?? '0755', 8, position),
    uid: numberOf('uid', option('uid') ?? '0', 10, position),
    gid: numberOf('gid', option('gid') ?? '0', 10, position),
    ...from,
  };
}

type Option = (name: string) => string | undefined;

/** A secret is a file below /run/secrets, unless it goes into a variable alone. */
function planSecret(option: Option, { position }: RunMount, state: StageState): ExecMount {
  const source = option('source');
  const target = option('target');
  const id = option('id') || (source && posix.basename(source)) || (target && posix.basename(target));
  if (!id) throw new SourceError(position, 'one of source, target, or id required');
  const env = option('env');
  const path = target ?? (env === undefined ? `/run/secrets/${id}` : undefined);
  return {
    type: 'secret',
    id,
    ...(path && { target: posix.resolve('/', state.workingDir, path) }),
    ...(env && { env }),
    ...ownership(option, '0400', position),
  };
}

/** The agent's socket; SSH_AUTH_SOCK leads to that of the first. */
function planAgent(option: Option, { position }: RunMount, state: StageState, agent: number): ExecMount {
  const id = option('id') || 'default';
  const target = posix.resolve('/', state.workingDir, option('target') || `/run/buildkit/ssh_agent.${agent}`);
  return { type: 'ssh', id, target, ...ownership(option, '0600', position) };
}

function ownership(
  option: Option,
  mode: string,
  position: RunMount['position'],
): { required: boolean; mode: number; uid: number; gid: number } {
  return {
    required: boolOf(option('required'), position),
    mode: numberOf('mode', option('mode') ?? mode, 8, position),
    uid: numberOf('uid', option('uid') ?? '0', 10, position),
    gid: numberOf('gid', option('gid') ?? '0', 10, position),
  };
}

function boolOf(text: string | undefined, position: RunMount['position']): boolean {
  if (text === undefined || text === 'false' || text === '0') return false;
  if (text === 'true' || text === '1' || text === '') return true;
  throw new SourceError(position, `invalid value for required: ${JSON.stringify(text)}`);
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
