import { invalid, messageOf } from '../lib/errors.ts';
import type { Command, Instruction } from '../build/instructions/types.ts';
import type { ImageRunConfig } from '../oci/image-config.ts';

type Config = { -readonly [Name in keyof ImageRunConfig]: ImageRunConfig[Name] };

/** Instructions of a Dockerfile that `--change` allows. */
const allowed = [
  'CMD',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'HEALTHCHECK',
  'LABEL',
  'ONBUILD',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
];

/** Applies the `changes` of import (Dockerfile instructions) to an empty config. The parser is loaded only when there are any. */
export async function parseChanges(changes: readonly string[]): Promise<ImageRunConfig | undefined> {
  const text = changes
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n');
  if (text === '') return undefined;
  const whole = text.replaceAll('\\\n', ' ').split('\n');
  const bad = whole.find((line) => !line.startsWith('#') && !allowed.includes(wordOf(line).toUpperCase()));
  if (bad !== undefined) throw invalid(`${wordOf(bad)} is not a valid change command`);
  const [{ parseDockerfile }, { toInstructions }] = await Promise.all([
    import('../build/parse/parse-dockerfile.ts'),
    import('../build/instructions/to-instruction.ts'),
  ]);
  try {
    const config: Config = {};
    for (const instruction of toInstructions(parseDockerfile('changes', text))) apply(config, instruction);
    return config;
  } catch (error) {
    throw invalid(messageOf(error), error);
  }
}

const wordOf = (line: string): string => /^\S+/.exec(line)?.[0] ?? '';

function apply(config: Config, instruction: Instruction): void {
  switch (instruction.kind) {
    case 'CMD':
      config.Cmd = program(instruction.command, config);
      break;
    case 'ENTRYPOINT':
      config.Entrypoint = program(instruction.command, config);
      break;
    case 'ENV':
      config.Env = [
        ...(config.Env ?? []),
        ...instruction.pairs.map(({ key, value }) => `${key.text}=${value.text}`),
      ];
      break;
    case 'LABEL':
      config.Labels = {
        ...config.Labels,
        ...Object.fromEntries(instruction.pairs.map(({ key, value }) => [key.text, value.text])),
      };
      break;
    case 'EXPOSE':
      config.ExposedPorts = {
        ...config.ExposedPorts,
        ...keys(instruction.words.map(({ text: port }) => withProtocol(port))),
      };
      break;
    case 'VOLUME':
      config.Volumes = { ...config.Volumes, ...keys(instruction.words.map(({ text: path }) => path)) };
      break;
    case 'USER':
      config.User = instruction.value.text;
      break;
    case 'WORKDIR':
      config.WorkingDir = instruction.value.text;
      break;
    case 'STOPSIGNAL':
      config.StopSignal = instruction.value.text;
      break;
    case 'SHELL':
      config.Shell = instruction.shell;
      break;
    case 'ONBUILD':
      config.OnBuild = [...(config.OnBuild ?? []), instruction.trigger];
      break;
    case 'HEALTHCHECK':
      config.Healthcheck = {
        Test: healthTest(instruction.test),
        Interval: instruction.interval,
        Timeout: instruction.timeout,
        StartPeriod: instruction.startPeriod,
        StartInterval: instruction.startInterval,
        Retries: instruction.retries,
      };
      break;
    default:
      throw invalid(`${instruction.kind} is not a valid change command: want one of ${allowed.join(', ')}`);
  }
}

const program = (command: Command, config: Config): readonly string[] =>
  command.form === 'exec' ? command.args : [...(config.Shell ?? ['/bin/sh', '-c']), command.line];

function healthTest(test: 'NONE' | Command): readonly string[] {
  if (test === 'NONE') return ['NONE'];
  return test.form === 'exec' ? ['CMD', ...test.args] : ['CMD-SHELL', test.line];
}

const withProtocol = (port: string): string => (port.includes('/') ? port : `${port}/tcp`);

const keys = (names: readonly string[]): Record<string, Record<string, never>> =>
  Object.fromEntries(names.map((name) => [name, {}]));
