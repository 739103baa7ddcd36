import { posix } from 'node:path';
import { invalid, messageOf } from '../../lib/errors.ts';
import { expand, type Expanded } from '../../lib/expand/expander.ts';
import { parseDuration } from '../../lib/duration.ts';
import type { HealthcheckConfig, ImageRunConfig } from '../../oci/image-config.ts';
import { parseSignal } from '../signals.ts';
import { replaceOrAppend } from '../start/environment.ts';

type Change = (config: ImageRunConfig, rest: string) => ImageRunConfig;

/** Applies `--change` lines of commit, each a Dockerfile instruction. Throws `invalid` for those that change no config. */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  return changes
    .flatMap((change) => change.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .reduce(applyChange, config);
}

function applyChange(config: ImageRunConfig, line: string): ImageRunConfig {
  const match = /^([a-zA-Z]+)(?:\s+(.*))?$/s.exec(line);
  const change = match && instructions[(match[1] ?? '').toUpperCase()];
  if (!match || !change) throw invalid(`${line.split(/\s/, 1)[0]} is not a valid change command`);
  return change(config, (match[2] ?? '').trim());
}

const instructions: Readonly<Record<string, Change>> = {
  CMD: (config, rest) => ({ ...config, Cmd: command(config, rest) }),
  ENTRYPOINT: (config, rest) => ({ ...config, Entrypoint: command(config, rest) }),
  ENV: (config, rest) => ({ ...config, Env: replaceOrAppend(config.Env ?? [], pairs(config, 'ENV', rest)) }),
  LABEL: (config, rest) => ({
    ...config,
    Labels: { ...config.Labels, ...Object.fromEntries(pairs(config, 'LABEL', rest).map(splitPair)) },
  }),
  EXPOSE: (config, rest) => ({
    ...config,
    ExposedPorts: { ...config.ExposedPorts, ...asSet(expanded(config, rest).words.map(portOf)) },
  }),
  ONBUILD: (config, rest) => ({ ...config, OnBuild: [...(config.OnBuild ?? []), rest] }),
  SHELL: (config, rest) => ({
    ...config,
    Shell: jsonArray(rest) ?? fail('SHELL requires the arguments to be in JSON form'),
  }),
  STOPSIGNAL: (config, rest) => {
    const signal = expanded(config, rest).word;
    parseSignal(signal); // throws for one that there is not
    return { ...config, StopSignal: signal };
  },
  USER: (config, rest) => ({ ...config, User: expanded(config, rest).word }),
  VOLUME: (config, rest) => ({
    ...config,
    Volumes: { ...config.Volumes, ...asSet(paths(config, rest)) },
  }),
  WORKDIR: (config, rest) => ({
    ...config,
    WorkingDir: posix.resolve('/', config.WorkingDir ?? '', expanded(config, rest).word),
  }),
  HEALTHCHECK: (config, rest) => ({ ...config, Healthcheck: healthcheck(rest) }),
};

/** With the values of the variables that the image has so far, as a Dockerfile has it. */
function expanded({ Env: env = [] }: ImageRunConfig, text: string): Expanded {
  const values = new Map(env.map(splitPair));
  try {
    return expand(text, { escape: '\\', lookup: (name) => values.get(name) });
  } catch (error) {
    throw invalid(`failed to process ${JSON.stringify(text)}: ${messageOf(error)}`, error);
  }
}

const paths = (config: ImageRunConfig, rest: string): string[] =>
  (jsonArray(rest) ?? rest.split(/\s+/)).map((path) => expanded(config, path).word);

function command(config: ImageRunConfig, rest: string): readonly string[] {
  if (rest === '') return [];
  return jsonArray(rest) ?? [...(config.Shell ?? ['/bin/sh', '-c']), rest];
}

function jsonArray(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined; // what is no JSON is the shell form
  }
}

/** `A=b C="d e"`, or the old form `NAME the rest`. Quotes and backslashes as in a Dockerfile. */
function pairs(config: ImageRunConfig, name: string, text: string): string[] {
  const words = text.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs) ?? [];
  if (!words[0]?.includes('=')) {
    const match = /^(\S+)\s+(.*)$/s.exec(text);
    if (!match) throw invalid(`${name} must have two arguments`);
    return [expanded(config, `${match[1]}=${match[2]}`).word];
  }
  return words.map((word) => {
    if (!word.includes('='))
      throw invalid(
        `Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`,
      );
    return expanded(config, word).word;
  });
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function portOf(text: string): string {
  const match = /^(?:[^/]*:)?(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(text);
  if (!match || Number(match[1]) > 65535) throw invalid(`Invalid containerPort: ${text}`);
  return `${Number(match[1])}/${(match[2] ?? 'tcp').toLowerCase()}`;
}

const asSet = (names: readonly string[]): Record<string, Record<string, never>> =>
  Object.fromEntries(names.map((name) => [name, {}]));

function healthcheck(text: string): HealthcheckConfig {
  const options: Record<string, string> = {};
  const rest = text.replace(/^(?:--([a-z-]+)=(\S+)\s+)+/, (all) => {
    for (const [, key = '', value = ''] of all.matchAll(/--([a-z-]+)=(\S+)/g)) options[key] = value;
    return '';
  });
  if (/^NONE$/i.test(rest)) return { Test: ['NONE'] };
  const match = /^CMD\s+(.*)$/is.exec(rest);
  if (!match)
    throw invalid(`Unknown type ${JSON.stringify(rest.split(/\s/, 1)[0])} in HEALTHCHECK (try CMD)`);
  const array = jsonArray(match[1] ?? '');
  const duration = (key: string): number => (options[key] === undefined ? 0 : parseDuration(options[key]));
  return {
    Test: array ? ['CMD', ...array] : ['CMD-SHELL', match[1] ?? ''],
    ...said({
      Interval: duration('interval'),
      Timeout: duration('timeout'),
      StartPeriod: duration('start-period'),
      StartInterval: duration('start-interval'),
      Retries: Number(options['retries'] ?? 0),
    }),
  };
}

/** Without what is 0, which says nothing. */
const said = <Numbers extends Record<string, number>>(numbers: Numbers): Partial<Numbers> =>
  Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0)) as Partial<Numbers>;

function fail(text: string): never {
  throw invalid(text);
}
