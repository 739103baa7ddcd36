import type { EscapeCharacter } from '../../lib/expand/expander.ts';
import { SourceError } from './dockerfile-error.ts';
import type { LineReader } from './line-reader.ts';

export type { EscapeCharacter };

/** Parser directives at the top of a Dockerfile (`# syntax=`, `# escape=`, `# check=`). */
export interface Directives {
  readonly escape: EscapeCharacter;
  readonly syntax?: string;
  readonly check?: string;
}

const pattern = /^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const known = new Set(['syntax', 'escape', 'check']);

/** Reads the directives; the first line that is none ends them. Below a `#!` an escape directive counts for nothing, as in BuildKit. */
export function readDirectives(reader: LineReader): Directives {
  const found = new Map<string, string>();
  const isScript = reader.peek()?.startsWith('#!') ?? false;
  if (isScript) reader.next();
  for (;;) {
    const [, rawName = '', value = ''] = pattern.exec(reader.peek() ?? '') ?? [];
    const name = rawName.toLowerCase();
    if (!known.has(name)) break;
    const position = { line: reader.line, column: 1 };
    if (found.has(name)) throw new SourceError(position, `only one ${name} parser directive can be used`);
    if (name === 'escape' && value !== '\\' && value !== '`')
      throw new SourceError(position, `invalid escape token '${value}' does not match \` or \\`);
    found.set(name, value);
    reader.next();
  }
  const syntax = found.get('syntax');
  const check = found.get('check');
  return {
    escape: found.get('escape') === '`' && !isScript ? '`' : '\\',
    ...(syntax !== undefined && { syntax }),
    ...(check !== undefined && { check }),
  };
}
