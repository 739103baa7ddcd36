import type { Instruction } from '../instructions/types.ts';
import type { EscapeCharacter } from '../parse/directives.ts';
import { heredocContent, heredocStart } from '../parse/heredoc.ts';
import { expand, type Lookup } from '../../lib/expand/expander.ts';

/** An instruction as BuildKit shows it while it is built: with the values of variables, the keyword in upper case. */
export function shownName(instruction: Instruction, escape: EscapeCharacter, known: Lookup): string {
  const { kind, original } = instruction;
  const secret = secretVariables(instruction);
  const lookup = (name: string): string | undefined => (secret.has(name) ? '****' : known(name));
  const [heredoc] = kind === 'RUN' ? instruction.heredocs : [];
  const isScript =
    kind === 'RUN' && instruction.command.form === 'shell' && heredocStart(instruction.command.line);
  const text = heredoc && isScript ? `${original} (${summary(heredocContent(heredoc))})` : original;
  const shown = showVariables(text, { escape, lookup, keepQuotes: kind === 'RUN' });
  return shown.replace(/^\S+/, (keyword) => keyword.toUpperCase());
}

/** Variables that have secrets, which a mount of the instruction gives it. */
const secretVariables = (instruction: Instruction): ReadonlySet<string | undefined> =>
  new Set(instruction.kind === 'RUN' ? instruction.mounts.map(({ options }) => options.get('env')) : []);

interface ShowOptions {
  readonly escape: EscapeCharacter;
  readonly lookup: Lookup;
  readonly keepQuotes: boolean;
}

/** Quoted texts, escaped characters, variables. */
const pieces = {
  '\\': /'[^']*'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])|\$\{(\w+)[^}]*\}|\$(\w+)/g,
  '`': /'[^']*'|"((?:`[\s\S]|[^"`])*)"|`([\s\S])|\$\{(\w+)[^}]*\}|\$(\w+)/g,
} as const;

/** Replaces variables that are set. For people: what can't be read stays as it is. */
function showVariables(text: string, options: ShowOptions): string {
  const { escape, lookup, keepQuotes } = options;
  return text.replace(
    pieces[escape],
    (piece, quoted?: string, escaped?: string, braced?: string, name?: string) => {
      if (piece.startsWith("'")) return keepQuotes ? piece : piece.slice(1, -1);
      if (quoted !== undefined) {
        const inner = quoted.replaceAll(/\$\{(\w+)[^}]*\}|\$(\w+)/g, (...[found, long, short]: string[]) =>
          valueOf(found ?? '', long ?? short ?? '', escape, lookup),
        );
        return keepQuotes ? `"${inner}"` : inner;
      }
      return escaped ?? valueOf(piece, braced ?? name ?? '', escape, lookup);
    },
  );
}

function valueOf(piece: string, name: string, escape: EscapeCharacter, lookup: Lookup): string {
  if (lookup(name) === undefined) return piece;
  try {
    return expand(piece, { escape, lookup }).word;
  } catch {
    return piece;
  }
}

/** The first line of a here-document. */
function summary(content: string): string {
  const lines = content.trim().split('\n');
  return lines.length > 1 ? `${lines[0]}...` : (lines[0] ?? '');
}
