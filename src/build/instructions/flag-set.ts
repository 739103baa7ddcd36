import { type Position, SourceError } from '../parse/dockerfile-error.ts';
import type { Flag } from '../parse/flags.ts';
import type { Statement } from '../parse/parse-dockerfile.ts';
import { didYouMean } from '../../lib/suggest.ts';
import type { Word } from './types.ts';

export type FlagKind = 'string' | 'boolean' | 'strings';

/** The flags of one instruction, checked against what it knows. */
export class FlagSet {
  private readonly flags: readonly Flag[];

  constructor(statement: Statement, known: Readonly<Record<string, FlagKind>>) {
    this.flags = statement.flags;
    const seen = new Set<string>();
    for (const { name, value, position } of statement.flags) {
      const kind = Object.hasOwn(known, name) ? known[name] : undefined;
      if (kind === undefined)
        throw new SourceError(position, `unknown flag: --${name}${didYouMean(name, Object.keys(known))}`);
      if (kind !== 'strings' && seen.has(name))
        throw new SourceError(position, `duplicate flag specified: --${name}`);
      if (kind === 'boolean' ? value === '' : value === undefined)
        throw new SourceError(position, `missing a value on flag: --${name}`);
      seen.add(name);
    }
  }

  /** An empty value is as if the flag were not there. */
  string(name: string): Word | undefined {
    return this.strings(name).find(({ text }) => text !== '');
  }

  strings(name: string): Word[] {
    return this.flags
      .filter((flag) => flag.name === name)
      .map(({ value = '', position }) => ({ text: value, position }));
  }

  boolean(name: string): boolean {
    return this.optionalBoolean(name) ?? false;
  }

  optionalBoolean(name: string): boolean | undefined {
    const flag = this.flags.find((item) => item.name === name);
    if (!flag) return undefined;
    const value = (flag.value ?? 'true').toLowerCase();
    if (value !== 'true' && value !== 'false')
      throw new SourceError(flag.position, `expecting boolean value for flag --${name}, not: ${flag.value}`);
    return value === 'true';
  }

  /** Where a flag stands, for errors in its value. */
  positionOf(name: string): Position | undefined {
    return this.flags.find((item) => item.name === name)?.position;
  }
}
