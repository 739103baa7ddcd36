import { parseBytes } from '../../lib/bytes.ts';
import { goFloat } from '../../lib/go-document.ts';
import { didYouMean } from '../../lib/suggest.ts';
import { parseComposeDuration } from '../model/duration.ts';
import { integerOf } from './resolve-scalar.ts';
import { nameOf, type Shape } from './shape.ts';
import type { ScalarTree, Tree } from './tree.ts';

/** What is wrong with a value that has to be a scalar; undefined when nothing is. */
export function scalarProblem(tree: Tree, shape: Shape, path: readonly string[]): string | undefined {
  const why =
    tree.kind !== 'scalar' || (tree.value === null && shape.is !== 'nothing' && shape.is !== 'scalar')
      ? `must be ${nameOf(shape)}`
      : valueProblem(tree, shape);
  return why === undefined ? undefined : `${where(path)} ${why}`;
}

function valueProblem(tree: ScalarTree, shape: Shape): string | undefined {
  const { value } = tree;
  const unless = (fits: boolean): string | undefined =>
    fits ? undefined : `must be ${nameOf(shape)}, not ${JSON.stringify(value)}`;
  switch (shape.is) {
    case 'text':
      return textProblem(tree);
    case 'scalar':
      return isDate(tree) ? `is a date to YAML: put ${tree.source} in quotes` : undefined;
    case 'choice':
      return textProblem(tree) ?? choiceProblem(String(value), shape.words);
    case 'form':
      return (
        textProblem(tree) ??
        (shape.pattern.test(String(value))
          ? undefined
          : `must be ${shape.form}, not ${JSON.stringify(value)}`)
      );
    case 'number':
      return unless(
        typeof value !== 'boolean' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(String(value)),
      );
    case 'integer':
      return unless(/^[+-]?\d+$/.test(String(value))) ?? rangeProblem(Number(value), shape);
    case 'bool':
      return unless(/^(true|false|yes|no|on|off|y|n)$/i.test(String(value)));
    case 'duration':
      return unless(typeof value === 'string' && attempt(() => parseComposeDuration(value)));
    case 'bytes':
      return (
        unless(typeof value === 'number' || attempt(() => parseBytes(String(value))) || value === '-1') ??
        rangeProblem(Number(value), shape)
      );
    case 'nothing':
      return value === null ? undefined : 'must be empty';
    default:
      return undefined;
  }
}

/** Text that YAML reads as something else. */
function textProblem(tree: ScalarTree): string | undefined {
  if (isDate(tree)) return `must be a string: ${tree.source} is a date to YAML, put it in quotes`;
  if (typeof tree.value === 'string') return undefined;
  const read = readAs(tree);
  return read === undefined
    ? `must be a string: put ${tree.source} in quotes`
    : `must be a string: YAML reads ${tree.source} as ${read}, put it in quotes`;
}

/** What YAML makes of a scalar, where that is not what is written. */
export function readAs({ value, source, quoted }: ScalarTree): string | undefined {
  if (quoted || typeof value === 'string' || value === null) return undefined;
  const read = typeof value === 'number' ? (integerOf(source)?.toString() ?? goFloat(value)) : String(value);
  return read === source ? undefined : read;
}

const isDate = ({ source, quoted }: ScalarTree): boolean =>
  !quoted &&
  /^\d{4}-\d{1,2}-\d{1,2}(([Tt]|[ \t]+)\d{1,2}:\d\d:\d\d(\.\d*)?[ \t]*(Z|[-+]\d\d?(:\d\d)?)?)?$/.test(source);

const choiceProblem = (value: string, words: readonly string[]): string | undefined =>
  words.includes(value)
    ? undefined
    : `value must be one of ${words.map((word) => `'${word}'`).join(', ')}${didYouMean(value, words)}`;

function rangeProblem(value: number, { min = -Infinity, max = Infinity }: { min?: number; max?: number }) {
  if (value < min) return `must be greater than or equal to ${min}`;
  return value > max ? `must be less than or equal to ${max}` : undefined;
}

function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** A place in a file in words: `services.web.ports.0`. */
export const where = (path: readonly string[]): string => (path.length === 0 ? 'top level:' : path.join('.'));
