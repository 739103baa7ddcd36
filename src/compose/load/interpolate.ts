import { forAll, problemAt } from './compose-error.ts';
import { type Place, type Tree, within } from './tree.ts';

export type Environment = Readonly<Record<string, string>>;

export interface InterpolateOptions {
  readonly environment: Environment;
  /** Told of each variable that is not set and has no default. */
  readonly onUnset?: (name: string, where: Where) => void;
}

/** A variable in a value of a file: how it is written there, and all of the value. */
export interface Where {
  readonly place?: Place;
  readonly written: string;
  readonly text: string;
}

/** Replaces `$VAR` and `${VAR…}` in every value (not in keys). Throws ComposeError at the value that is wrong. */
export function interpolateTree(tree: Tree, options: InterpolateOptions): Tree {
  switch (tree.kind) {
    case 'list':
      return { ...tree, items: forAll(tree.items, (item) => interpolateTree(item, options)) };
    case 'map':
      return {
        ...tree,
        entries: new Map(
          forAll(tree.entries, ([key, entry]) => [
            key,
            { ...entry, value: interpolateTree(entry.value, options) },
          ]),
        ),
      };
    case 'scalar': {
      if (typeof tree.value !== 'string' || !tree.value.includes('$')) return tree;
      const { onUnset } = options;
      const value = interpolate(
        tree.value,
        {
          ...options,
          ...(onUnset && { onUnset: (name, where) => onUnset(name, { ...where, place: tree.place }) }),
        },
        (message, part = '') => problemAt(within(tree.place, part), message),
      );
      return { ...tree, value, source: value };
    }
  }
}

/** Defaults within defaults. */
const MAX_DEPTH = 100;

/** Makes the error for a message; `part` is what of the text is meant. */
type Fail = (message: string, part?: string) => Error;

/**
 * The forms of the Compose Specification: `$VAR`, `${VAR}`, `${VAR:-default}`, `${VAR-default}`, `${VAR:?error}`, `${VAR?error}`,
 * `${VAR:+other}`, `${VAR+other}`, nested ones in defaults, and `$$` for a dollar sign.
 */
export function interpolate(text: string, options: InterpolateOptions, fail: Fail, depth = 0): string {
  if (depth > MAX_DEPTH) throw fail(`variables within variables, more than ${MAX_DEPTH} times`);
  let out = '';
  for (let at = 0; at < text.length;) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0) return out + text.slice(at);
    out += text.slice(at, dollar);
    const next = text[dollar + 1];
    if (next === '$') {
      out += '$';
      at = dollar + 2;
    } else if (next === '{') {
      const end = closingBrace(text, dollar + 2);
      if (end < 0)
        throw fail(
          `invalid interpolation format: ${JSON.stringify(text)} has no closing brace; write $$ for a dollar sign`,
          text.slice(dollar),
        );
      out += expand(text.slice(dollar + 2, end), text, options, fail, depth);
      at = end + 1;
    } else {
      const name = /^[A-Za-z_]\w*/.exec(text.slice(dollar + 1))?.[0];
      out += name === undefined ? '$' : lookUp(name, { written: `$${name}`, text }, options);
      at = dollar + 1 + (name?.length ?? 0);
    }
  }
  return out;
}

function expand(inner: string, text: string, options: InterpolateOptions, fail: Fail, depth: number): string {
  const match = /^([A-Za-z_]\w*)(?:(:?[-?+])([\s\S]*))?$/.exec(inner);
  if (!match) throw fail(formProblem(inner), `\${${inner}}`);
  const [, name = '', operator, argument = ''] = match;
  const written = `\${${inner}}`;
  if (operator === undefined) return lookUp(name, { written, text }, options);
  const value = own(options.environment, name);
  const missing = operator.startsWith(':') ? (value ?? '') === '' : value === undefined;
  const other = (): string => interpolate(argument, options, fail, depth + 1);
  switch (operator.at(-1)) {
    case '-':
      return missing ? other() : (value ?? '');
    case '+':
      return missing ? '' : other();
    default:
      if (missing)
        throw fail(
          `required variable ${name} is missing a value${argument === '' ? '' : `: ${other()}`}`,
          written,
        );
      return value ?? '';
  }
}

/** What is wrong between the braces. */
function formProblem(inner: string): string {
  const [, name = '', operator = ''] = /^([A-Za-z_]\w*)(:?[^\s\w])?/.exec(inner) ?? [];
  const why =
    inner === ''
      ? 'a name is missing'
      : name === ''
        ? 'a name begins with a letter or _'
        : operator === ''
          ? `a name has letters, digits and _ only`
          : `${JSON.stringify(operator)} is no operator, those are :- - :? ? :+ +`;
  return `invalid interpolation format: "\${${inner}}": ${why}; write $$ for a dollar sign`;
}

function lookUp(name: string, where: Where, { environment, onUnset }: InterpolateOptions): string {
  const value = own(environment, name);
  if (value === undefined) onUnset?.(name, where);
  return value ?? '';
}

const own = (environment: Environment, name: string): string | undefined =>
  Object.hasOwn(environment, name) ? environment[name] : undefined;

/** Braces in a default (JSON) come in pairs; where they do not, those of variables alone count. */
function closingBrace(text: string, from: number): number {
  const end = matchingBrace(text, from, '{');
  return end < 0 ? matchingBrace(text, from, '${') : end;
}

function matchingBrace(text: string, from: number, open: string): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text.startsWith(open, at)) depth += 1;
    else if (text[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}
