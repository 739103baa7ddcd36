import type { InstructionOf, Word } from '../../instructions/types.ts';
import { SourceError } from '../../parse/dockerfile-error.ts';
import { heredocContent, heredocStart } from '../../parse/heredoc.ts';
import { runHistory } from '../history-text.ts';
import type { StageState } from '../stage-state.ts';
import type { Entitlement, ExecOp, Vertex } from '../types.ts';
import type { ApplyContext } from './context.ts';
import { planMount } from './run-mount.ts';

/** RUN: a vertex that executes the command on what the stage has so far. */
export async function applyRun(instruction: InstructionOf<'RUN'>, context: ApplyContext): Promise<void> {
  const { state, step, args, request } = context;
  const { command: line, script } = commandOf(instruction, state);
  const inputs: Vertex[] = [];
  const mounts: ExecOp['mounts'][number][] = [];
  for (const mount of instruction.mounts) {
    const input = await inputOf(mount, context);
    const agent = mounts.filter(({ type }) => type === 'ssh').length;
    mounts.push(planMount(mount, context, { input: input && inputs.push(input) - 1, agent }));
  }
  const hostname = args.builtIn('BUILDKIT_SANDBOX_HOSTNAME') ?? request.hostname;
  const op: ExecOp = {
    kind: 'exec',
    args: line,
    env: state.runEnv(),
    hiddenEnv: args.proxyEnv(),
    cwd: state.workingDir,
    user: state.config.User ?? '',
    platform: state.platform,
    ...accessOf(instruction, context),
    mounts,
    ...(script && { script }),
    extraHosts: request.extraHosts,
    ...(request.shmSize && { shmSize: request.shmSize }),
    ...(request.ulimits && { ulimits: request.ulimits }),
    ...(request.cgroupParent !== undefined && { cgroupParent: request.cgroupParent }),
    ...(hostname && { hostname }),
    ...(request.resources && { resources: request.resources }),
    command: line.join(' '),
  };
  state.addLayer(step, runHistory(line, state.runArgs()), { op, base: state.vertex, inputs, step });
}

/** What the command may reach and do. */
function accessOf(
  { network, security, position }: InstructionOf<'RUN'>,
  { request: { network: common, entitlements = ['network.host'] } }: ApplyContext,
): Pick<ExecOp, 'network' | 'insecure'> {
  const isAllowed = (name: Entitlement): boolean => entitlements.includes(name);
  if (network === 'host' && !isAllowed('network.host'))
    throw new SourceError(position, 'network.host is not allowed');
  const insecure = security === 'insecure';
  if (insecure && !isAllowed('security.insecure'))
    throw new SourceError(position, 'security.insecure is not allowed');
  return { network: network === 'default' ? common : network, ...(insecure && { insecure }) };
}

async function inputOf(
  { options, position }: InstructionOf<'RUN'>['mounts'][number],
  context: ApplyContext,
): Promise<Vertex | undefined> {
  const text = options.get('from');
  const word: Word | undefined = text ? { text, position } : undefined;
  if (!word) return undefined;
  const input = await context.input(word, options.get('target') ?? '');
  if (!input) throw new SourceError(position, `the source ${JSON.stringify(text)} of the mount is empty`);
  return input;
}

/** The command line; here-documents are given to the shell as they stand, or run by the interpreter that they name. */
function commandOf(
  { command, heredocs }: InstructionOf<'RUN'>,
  state: StageState,
): { command: readonly string[]; script?: ExecOp['script'] } {
  if (command.form === 'exec') return { command: command.args };
  const [first] = heredocs;
  if (!first) return { command: state.withShell(command.line) };
  if (!heredocStart(command.line))
    return {
      command: state.withShell(
        [command.line, ...heredocs.map(({ content, name }) => `${content}${name}`)].join('\n'),
      ),
    };
  const content = heredocContent(first);
  if (!content.startsWith('#!')) return { command: state.withShell(content) };
  const path = `/dev/pipes/${first.name.replaceAll('/', '_')}`;
  return { command: state.withShell(path), script: { path, content } };
}
