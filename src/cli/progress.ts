import { formatBytes } from '../lib/bytes.ts';
import { EngineError } from '../lib/errors.ts';
import type { ProgressLine } from '../wire/image.ts';

type Out = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/**
 * Shows the progress of pull, push and load: on a terminal one line per layer, rewritten in place; elsewhere one line per change of
 * state; without `out` nothing. Throws when the engine reports an error. `onAux` sees the results in the stream.
 */
export async function showProgress(
  lines: AsyncIterable<ProgressLine>,
  out: Out | undefined,
  onAux?: (aux: NonNullable<ProgressLine['aux']>) => void,
): Promise<void> {
  const rows: string[] = [];
  for await (const line of lines) {
    if (line.error !== undefined) throw new EngineError('internal', line.errorDetail?.message ?? line.error);
    if (line.aux) onAux?.(line.aux);
    else if (!out) continue;
    else if (line.stream !== undefined) out.write(line.stream);
    else if (out.isTTY && line.id !== undefined) redraw(out, rows, line);
    else if (!line.progressDetail?.current) out.write(`${plain(line)}\n`);
  }
}

const plain = (line: ProgressLine): string =>
  line.id === undefined ? (line.status ?? '') : `${line.id}: ${line.status ?? ''}`;

function redraw(out: Out, rows: string[], line: ProgressLine): void {
  const id = line.id as string;
  let row = rows.indexOf(id);
  if (row < 0) {
    row = rows.push(id) - 1;
    out.write('\n');
  }
  const up = rows.length - row;
  const text = `${plain(line)} ${bar(line.progressDetail)}`.slice(0, (out.columns ?? 80) - 1);
  out.write(`\u001b[${up}A\r\u001b[2K${text}\u001b[${up}B\r`);
}

function bar(detail: ProgressLine['progressDetail']): string {
  const { current, total } = detail ?? {};
  if (!current) return '';
  if (!total) return formatBytes(current);
  const filled = Math.min(50, Math.floor((current / total) * 50));
  return `[${'='.repeat(filled)}>${' '.repeat(50 - filled)}]  ${formatBytes(current)}/${formatBytes(total)}`;
}
