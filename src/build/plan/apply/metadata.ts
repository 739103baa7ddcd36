import type { HealthcheckConfig } from '../../../oci/image-config.ts';
import type { Command, InstructionOf, Keyword } from '../../instructions/types.ts';
import { writtenKeyword } from '../../parse/written-keyword.ts';
import { SourceError } from '../../parse/dockerfile-error.ts';
import { healthcheckHistory, quoteGoList } from '../history-text.ts';
import type { StageState } from '../stage-state.ts';
import type { ApplyContext } from './context.ts';
import { parseExpose } from './expose.ts';
import { isSignal } from './signal.ts';

type MetadataKeyword = Exclude<Keyword, 'FROM' | 'RUN' | 'COPY' | 'ADD' | 'WORKDIR' | 'ARG'>;

/** Instructions that change the image's config and no file. Returns the text of their history. */
export function applyMetadata(
  instruction: InstructionOf<MetadataKeyword>,
  { state, report }: ApplyContext,
): string {
  switch (instruction.kind) {
    case 'CMD':
    case 'ENTRYPOINT':
      if (instruction.command.form === 'shell' && !state.config.Shell)
        report(
          'JSONArgsRecommended',
          `JSON arguments recommended for ${writtenKeyword(instruction)} to prevent unintended behavior related to OS signals`,
        );
      return applyCommand(instruction, state);
    case 'ENV':
    case 'LABEL':
      return applyPairs(instruction, state);
    case 'EXPOSE':
      return applyExpose(instruction, state, report);
    case 'VOLUME':
      return applyVolume(instruction, state);
    case 'HEALTHCHECK':
      return applyHealthcheck(instruction, state);
    case 'USER':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      return applyValue(instruction, state);
    case 'SHELL':
      state.config.Shell = instruction.shell;
      return `SHELL [${instruction.shell.join(' ')}]`;
    case 'ONBUILD':
      state.config.OnBuild = [...(state.config.OnBuild ?? []), instruction.trigger];
      return `ONBUILD ${instruction.trigger}`;
    default:
      return instruction satisfies never;
  }
}

function applyCommand({ kind, command }: InstructionOf<'CMD' | 'ENTRYPOINT'>, state: StageState): string {
  const args = argsOf(command, state);
  if (kind === 'CMD') {
    state.config.ArgsEscaped = true;
    state.config.Cmd = args;
    state.isCmdSet = true;
  } else {
    state.config.Entrypoint = args;
    if (!state.isCmdSet) state.config.Cmd = null;
  }
  return `${kind} ${quoteGoList(args)}`;
}

const argsOf = (command: Command, state: StageState): readonly string[] =>
  command.form === 'exec' ? command.args : state.withShell(command.line);

function applyPairs({ kind, pairs }: InstructionOf<'ENV' | 'LABEL'>, state: StageState): string {
  const values = pairs.map(({ key, value }) => {
    const name = state.expand(key);
    if (name === '') throw new SourceError(key.position, `${kind} names can not be blank`);
    return [name, state.expand(value)] as const;
  });
  if (kind === 'LABEL') state.addToConfig('Labels', values);
  else for (const [name, value] of values) state.setEnv(name, value);
  return `${kind} ${values.map((pair) => pair.join('=')).join(' ')}`;
}

function applyExpose(
  { words }: InstructionOf<'EXPOSE'>,
  state: StageState,
  report: ApplyContext['report'],
): string {
  const found = new Set<string>();
  for (const word of words)
    for (const text of state.expandWords(word))
      for (const port of parseExpose(text, word.position, report)) found.add(port);
  const ports = [...found].toSorted();
  state.addToConfig(
    'ExposedPorts',
    ports.map((port) => [port, {}]),
  );
  return `EXPOSE [${ports.join(' ')}]`;
}

function applyVolume({ words }: InstructionOf<'VOLUME'>, state: StageState): string {
  const paths = words.map((word) => {
    const path = state.expand(word).trim();
    if (path === '') throw new SourceError(word.position, 'VOLUME specified can not be an empty string');
    return path;
  });
  state.addToConfig(
    'Volumes',
    paths.map((path) => [path, {}]),
  );
  return `VOLUME [${paths.join(' ')}]`;
}

function applyValue(
  { kind, value }: InstructionOf<'USER' | 'STOPSIGNAL' | 'MAINTAINER'>,
  state: StageState,
): string {
  const text = kind === 'MAINTAINER' ? value.text : state.expand(value);
  if (kind === 'USER') state.config.User = text;
  else if (kind === 'MAINTAINER') state.author = text;
  else if (isSignal(text)) state.config.StopSignal = text;
  else throw new SourceError(value.position, `invalid signal: ${text}`);
  return `${kind} ${text}`;
}

function applyHealthcheck(instruction: InstructionOf<'HEALTHCHECK'>, state: StageState): string {
  const { test, interval, timeout, startPeriod, startInterval, retries } = instruction;
  const check: HealthcheckConfig = {
    Test: testOf(test),
    ...(interval && { Interval: interval }),
    ...(timeout && { Timeout: timeout }),
    ...(startPeriod && { StartPeriod: startPeriod }),
    ...(startInterval && { StartInterval: startInterval }),
    ...(retries && { Retries: retries }),
  };
  state.config.Healthcheck = check;
  return healthcheckHistory(check);
}

function testOf(test: 'NONE' | Command): string[] {
  if (test === 'NONE') return ['NONE'];
  return test.form === 'exec' ? ['CMD', ...test.args] : ['CMD-SHELL', test.line];
}
