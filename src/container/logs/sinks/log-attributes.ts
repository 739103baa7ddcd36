import { invalid } from '../../../lib/errors.ts';
import type { ContainerSpec } from '../../types.ts';

/** Labels and variables of a container that `--log-opt labels=…,env=…` adds to each record. */
export function logAttributes(
  { log, labels, env }: ContainerSpec,
  rename: (name: string) => string = (name) => name,
): Record<string, string> {
  const { options } = log;
  const variables = env.map((entry): [string, string] => {
    const at = entry.indexOf('=');
    return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
  });
  const chosen = [
    ...choose(Object.entries(labels), options['labels'], options['labels-regex']),
    ...choose(variables, options['env'], options['env-regex']),
  ];
  return Object.fromEntries(chosen.map(([name, value]) => [rename(name), value]));
}

function choose(
  all: readonly [string, string][],
  names: string | undefined,
  pattern: string | undefined,
): [string, string][] {
  const named = new Set(names?.split(',').filter(Boolean));
  const matches = pattern ? regularExpression(pattern) : undefined;
  return all.filter(([name]) => named.has(name) || matches?.test(name));
}

function regularExpression(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw invalid(`error parsing regexp: ${pattern}`, error);
  }
}
