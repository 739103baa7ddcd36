import { invalid } from '../lib/errors.ts';
import type { LogBatch, LogEntry } from '../container/types.ts';
import { type Answer, type Call, param, stream } from './call.ts';
import { defined } from './defined.ts';
import type { Engine } from './engine.ts';
import { frames, outputType } from './frame.ts';
import { logDetails } from './log-details.ts';
import { queryBool, queryText } from './query.ts';
import { formatNanoseconds, parseTimestamp } from './timestamp.ts';

/** GET /containers/{id}/logs */
export function logs(call: Call, engine: Engine): Answer {
  const { query } = call;
  const container = engine.containers.get(param(call, 'id'));
  const stdout = queryBool(query, 'stdout');
  const stderr = queryBool(query, 'stderr');
  if (!stdout && !stderr) throw invalid('Bad parameters: you must choose at least one stream');
  const entries = engine.containers.logs(
    container.id,
    defined({
      stdout,
      stderr,
      since: timeOf(query, 'since'),
      until: timeOf(query, 'until'),
      tail: tailOf(query),
      follow: queryBool(query, 'follow'),
      signal: call.signal,
    }),
  );
  const { tty } = container.spec;
  const details = queryBool(query, 'details') ? `${logDetails(container)} ` : '';
  const wantsTime = queryBool(query, 'timestamps');
  const prefix = ({ time }: LogEntry): string => (wantsTime ? `${utc(time)} ` : '') + details;
  const shown = wantsTime || details !== '' ? withPrefix(entries, prefix) : entries;
  return stream(encodeEntries(shown, tty), outputType(tty, call.version));
}

function timeOf(query: URLSearchParams, name: string): string | undefined {
  const value = queryText(query, name);
  if (value === undefined || value === '0') return undefined;
  return formatNanoseconds(parseTimestamp(value));
}

function tailOf(query: URLSearchParams): number | undefined {
  const value = queryText(query, 'tail');
  // Docker, too, takes what is no number as all
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** Raw bytes for a terminal, frames otherwise. */
export async function* encodeEntries(batches: AsyncIterable<LogBatch>, tty: boolean): AsyncIterable<Buffer> {
  for await (const batch of batches) yield tty ? Buffer.concat(batch.map(({ data }) => data)) : frames(batch);
}

/** Puts something before each line, not before the later parts of a long one. */
async function* withPrefix(
  batches: AsyncIterable<LogBatch>,
  prefix: (entry: LogEntry) => string,
): AsyncIterable<LogBatch> {
  const open = { stdout: false, stderr: false };
  const add = (entry: LogEntry): LogEntry => {
    const begins = !open[entry.stream];
    open[entry.stream] = entry.data.at(-1) !== 0x0a;
    if (!begins) return entry;
    const { stream: name, time, data } = entry;
    return { stream: name, time, data: Buffer.concat([Buffer.from(prefix(entry)), data]) };
  };
  for await (const batch of batches) yield batch.map(add);
}

const utc = (time: string): string => time.replace(/\+00:00$/, 'Z');
