import { posix } from 'node:path';
import { parseBytes } from '../../../lib/bytes.ts';
import { messageOf } from '../../../lib/errors.ts';
import { mountType } from '../../instructions/run-mount.ts';
import type { RunMount } from '../../instructions/types.ts';
import type { StageState } from '../stage-state.ts';
import type { ExecMount } from '../types.ts';
import type { ApplyContext } from './context.ts';
import { MountOptions } from './mount-options.ts';

/** The mount of a RUN with its variables replaced. */
export function planMount(
  { type: written, options, position }: RunMount,
  { state, args }: Pick<ApplyContext, 'state' | 'args'>,
  { input, agent }: { readonly input: number | undefined; readonly agent: number },
): ExecMount {
  const type = mountType(state.expand({ text: written, position }), position);
  const values = new Map(
    [...options].map(([name, text]) => [name, state.expand({ text, position })] as const),
  );
  const given = new MountOptions(type, values, position);
  if (type === 'secret') return planSecret(given, state);
  if (type === 'ssh') return planAgent(given, state, agent);
  const target = posix.resolve('/', state.workingDir, given.text('target'));
  if (target === '/') throw given.error('invalid mount target "/"');
  const readOnly = given.isReadOnly(type === 'bind');
  if (type === 'tmpfs') return { type, target, readOnly, ...sizeOf(given) };
  const source = posix.resolve('/', given.text('source'));
  const from = input === undefined ? {} : { input };
  if (type === 'bind') return { type, target, source, readOnly, ...from };
  const namespace = args.builtIn('BUILDKIT_CACHE_MOUNT_NS');
  const id = given.text('id') || cleanPath(given.text('target'));
  return {
    type,
    target,
    id: namespace ? `${namespace}/${id}` : id,
    source,
    sharing: given.sharing(),
    readOnly,
    ...given.owner('0755'),
    ...from,
  };
}

/** A secret is a file below /run/secrets, unless it goes into a variable alone. */
function planSecret(given: MountOptions, state: StageState): ExecMount {
  const [target, env] = [given.text('target'), given.text('env')];
  const id = given.text('source') || given.text('id') || posix.basename(target);
  if (!id) throw given.error('invalid secret mount. one of source, target required');
  const path = target || (env ? '' : `/run/secrets/${posix.basename(id)}`);
  return {
    type: 'secret',
    id,
    ...(path && { target: posix.resolve('/', state.workingDir, path) }),
    ...(env && { env }),
    required: given.isRequired(),
    ...given.owner('0400'),
  };
}

/** The agent's socket; SSH_AUTH_SOCK leads to that of the first. */
function planAgent(given: MountOptions, state: StageState, agent: number): ExecMount {
  if (given.text('source')) throw given.error('ssh does not support source');
  const id = given.text('id') || 'default';
  const target = posix.resolve(
    '/',
    state.workingDir,
    given.text('target') || `/run/buildkit/ssh_agent.${agent}`,
  );
  return { type: 'ssh', id, target, required: given.isRequired(), ...given.owner('0600') };
}

function sizeOf(given: MountOptions): { size?: number } {
  const text = given.text('size');
  if (text === '') return {};
  try {
    return { size: parseBytes(text) };
  } catch (error) {
    throw given.error(messageOf(error));
  }
}

/** As written, without what means nothing in it: caches of different Dockerfiles are the same by this name. */
const cleanPath = (path: string): string => posix.normalize(path).replace(/(?<=.)\/$/, '');
