import { shortId } from '../lib/id.ts';
import type { Report } from './context.ts';

/** Milliseconds between two lines of the same transfer; each becomes a message to a client. */
const INTERVAL = 100;

/** Reports how far one transfer is, not too often, but always when it is complete. */
export function meter(
  report: Report | undefined,
  line: { id: string; status: string; total: number },
): (current: number) => void {
  let last = 0;
  return (current) => {
    const now = Date.now();
    if (now - last < INTERVAL && current < line.total) return;
    last = now;
    report?.({ ...line, id: shortId(line.id), current });
  };
}
