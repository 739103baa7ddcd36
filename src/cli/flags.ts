import { messageOf } from '../lib/errors.ts';
import { UsageError } from './usage-error.ts';

/** A flag of a command. The key in its set is the long name. */
interface FlagBase {
  readonly short?: string;
  readonly help: string;
  /** Word for the value in the help text. */
  readonly value?: string;
  /** Accepted and not listed in the help. */
  readonly hidden?: boolean;
  /** A long name that it had, which is taken without being listed. */
  readonly formerly?: string;
  /** Throws what is wrong with a value, so that it is told as a mistake in this flag. */
  readonly check?: (value: string) => unknown;
}
interface BoolFlag extends FlagBase {
  readonly kind: 'bool';
  readonly default?: boolean;
}
interface TextFlag extends FlagBase {
  readonly kind: 'text';
  /** Value when the flag stands without one (`--format` alone is an error, `--pull` alone is not). */
  readonly bare?: string;
}
interface ListFlag extends FlagBase {
  readonly kind: 'list';
}
interface IntFlag extends FlagBase {
  readonly kind: 'int';
}
export type Flag = BoolFlag | TextFlag | ListFlag | IntFlag;
export type FlagSet = Readonly<Record<string, Flag>>;

type ValueOf<F extends Flag> = F extends { kind: 'bool' }
  ? boolean | undefined
  : F extends { kind: 'text' }
    ? string | undefined
    : F extends { kind: 'list' }
      ? readonly string[]
      : number | undefined;
export type Values<F extends FlagSet> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** A flag whose values a parser has to accept; the parser's words are told when it does not. */
export const checked = <F extends TextFlag | ListFlag>(flag: F, check: (value: string) => unknown): F => ({
  ...flag,
  check,
});

export const bool = (help: string, short?: string): BoolFlag => ({
  kind: 'bool',
  help,
  ...(short !== undefined && { short }),
});
export const text = (help: string, short?: string, value = 'string'): TextFlag => ({
  kind: 'text',
  help,
  value,
  ...(short !== undefined && { short }),
});
export const list = (help: string, short?: string, value = 'list'): ListFlag => ({
  kind: 'list',
  help,
  value,
  ...(short !== undefined && { short }),
});
export const int = (help: string, short?: string, value = 'int'): IntFlag => ({
  kind: 'int',
  help,
  value,
  ...(short !== undefined && { short }),
});

/** `{ name: value }` unless the value is undefined. */
export function given<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: V });
}

/** What a parser makes of a flag; undefined when the flag was not given. */
export const parsed = <T>(value: string | undefined, parse: (value: string) => T): T | undefined =>
  value === undefined ? undefined : parse(value);

interface Parsed<F extends FlagSet> {
  readonly values: Values<F>;
  readonly args: readonly string[];
}

/**
 * Parses flags as Docker's CLI does: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-it`, `--bool=false`, `--` ends them.
 * With `interspersed` false the first argument that is no flag ends them too (`run IMAGE …`).
 */
export function parseFlags<F extends FlagSet>(
  flags: F,
  argv: readonly string[],
  interspersed = true,
): Parsed<F> {
  const state: State = { flags, values: new Map(), args: [], rest: [...argv] };
  while (state.rest.length > 0) {
    const word = state.rest.shift() as string;
    if (word === '--') break;
    if (word.startsWith('--')) takeLong(state, word);
    else if (word.startsWith('-') && word.length > 1) takeShort(state, word.slice(1));
    else {
      state.args.push(word);
      if (!interspersed) break;
    }
  }
  const values = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      state.values.get(name) ?? (flag.kind === 'list' ? [] : undefined),
    ]),
  );
  return { values: values as Values<F>, args: [...state.args, ...state.rest] };
}

interface State {
  readonly flags: FlagSet;
  readonly values: Map<string, unknown>;
  readonly args: string[];
  readonly rest: string[];
}

function takeLong(state: State, word: string): void {
  const [, given = '', value] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
  const name = Object.keys(state.flags).find((key) => state.flags[key]?.formerly === given) ?? given;
  if (!Object.hasOwn(state.flags, name)) {
    if (name !== 'help') throw new UsageError(`unknown flag: --${name}`);
    if (readBool('--help', value ?? 'true')) throw new UsageError('help');
    return;
  }
  const flag = state.flags[name] as Flag;
  if (flag.kind === 'bool') return set(state, name, flag, value ?? 'true');
  if (value === undefined && flag.kind === 'text' && flag.bare !== undefined)
    return set(state, name, flag, flag.bare);
  const taken = value ?? state.rest.shift();
  if (taken === undefined) throw new UsageError(`flag needs an argument: --${name}`);
  set(state, name, flag, taken);
}

function takeShort(state: State, letters: string): void {
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] as string;
    const entry = Object.entries(state.flags).find(([, flag]) => flag.short === letter);
    if (!entry)
      throw new UsageError(
        letter === 'h' ? 'help' : `unknown shorthand flag: '${letter}' in -${letters.slice(at)}`,
      );
    const [name, flag] = entry;
    if (flag.kind === 'bool' && letters[at + 1] !== '=') {
      set(state, name, flag, 'true');
      continue;
    }
    const attached = letters.slice(at + 1).replace(/^=/, '');
    const value = attached === '' ? state.rest.shift() : attached;
    if (value === undefined)
      throw new UsageError(`flag needs an argument: '${letter}' in -${letters.slice(at)}`);
    return set(state, name, flag, value);
  }
}

function set(state: State, name: string, flag: Flag, value: string): void {
  const shown = flag.short === undefined ? `--${name}` : `-${flag.short}, --${name}`;
  switch (flag.kind) {
    case 'bool':
      state.values.set(name, readBool(shown, value));
      return;
    case 'int':
      state.values.set(name, readInt(shown, value));
      return;
    case 'list':
      check(flag, shown, value);
      state.values.set(name, [...((state.values.get(name) as string[] | undefined) ?? []), value]);
      return;
    case 'text':
      check(flag, shown, value);
      state.values.set(name, value);
  }
}

function check(flag: Flag, shown: string, value: string): void {
  try {
    flag.check?.(value);
  } catch (error) {
    throw wrongValue(shown, value, messageOf(error));
  }
}

function readBool(shown: string, value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw wrongValue(shown, value, `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
}

function readInt(shown: string, value: string): number {
  if (/^[+-]?\d+$/.test(value)) return Number(value);
  throw wrongValue(shown, value, `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
}

const wrongValue = (shown: string, value: string, why: string): UsageError =>
  new UsageError(`invalid argument ${JSON.stringify(value)} for "${shown}" flag: ${why}`);
