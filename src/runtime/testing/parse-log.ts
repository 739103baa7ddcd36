import { readFileSync } from 'node:fs';

/** The bytes of one stream in a log of conmon's form, as text. */
export function loggedText(path: string, stream: 'stdout' | 'stderr'): string {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines
    .map((line) => /^\S+ (\S+) (P|F) (.*)$/s.exec(line))
    .map((match) => (match?.[1] === stream ? `${match[3]}${match[2] === 'F' ? '\n' : ''}` : ''))
    .join('');
}
