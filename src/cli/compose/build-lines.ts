import type { ProgressLine } from '../../wire/image.ts';
import type { ComposeContext } from './globals.ts';

/** Prints what the builder says, each line with the service's name in front. */
export function buildLinePrinter(context: ComposeContext): (service: string, line: ProgressLine) => void {
  const rests = new Map<string, string>();
  return (service, { stream, status, id }) => {
    const text =
      (rests.get(service) ?? '') +
      (stream ?? (status === undefined ? '' : `${id === undefined ? '' : `${id}: `}${status}\n`));
    const lines = text.split('\n');
    rests.set(service, lines.pop() ?? '');
    for (const line of lines) if (line.trim() !== '') context.err.write(`${service}: ${line}\n`);
  };
}
