import { formatBytes } from '../lib/bytes.ts';
import { isAbort, messageOf } from '../lib/errors.ts';
import type { TransferProgress } from '../image/types.ts';
import type { ProgressLine } from '../wire/image.ts';
import { type Answer, stream } from './call.ts';
import { Channel } from './channel.ts';

/** Tells lines to the client while work goes on. */
export type Tell = (line: ProgressLine | { aux: object } | object) => void;

/**
 * Answers with one JSON object a line while `work` runs. A failure before the first line is an ordinary error answer; later it is
 * a last line with `errorDetail`, as clients expect it.
 */
export async function progressStream(
  options: {
    /** Of the API: clients from 1.52 on know neither `progress` nor `error`, which repeat what other members say. */
    version?: number;
    contentType?: string;
    /** Also a failure before the first line comes as a line: where clients look for it there. */
    failInStream?: boolean;
  },
  work: (tell: Tell) => Promise<void>,
): Promise<Answer> {
  const lines = new Channel<string>();
  let told = false;
  const first = Promise.withResolvers<void>();
  const tell: Tell = (line) => {
    told = true;
    lines.push(`${JSON.stringify((options.version ?? 0) < 52 ? line : withoutTexts(line))}\r\n`);
    first.resolve();
  };
  work(tell).then(
    () => {
      first.resolve();
      lines.end();
    },
    (error: unknown) => {
      if (!told && !options.failInStream) return first.reject(error);
      if (!isAbort(error)) tell(errorLine(error));
      lines.end();
    },
  );
  await first.promise;
  return stream(lines, options.contentType ?? 'application/json');
}

function withoutTexts(line: ProgressLine | object): object {
  const { progress: _progress, error: _error, ...rest } = line as ProgressLine;
  return rest;
}

/** A failure in the middle of a stream. A program's exit status becomes the code, which clients exit with. */
export function errorLine(error: unknown): ProgressLine {
  const message = messageOf(error);
  const code = error instanceof Error && 'exitCode' in error ? Number(error.exitCode) : undefined;
  return { errorDetail: { ...(code !== undefined && { code }), message }, error: message };
}

/** A transfer's progress as Docker's clients draw it: `progress` is the bar that old ones print as it is. */
export function transferLine(progress: TransferProgress): ProgressLine {
  const { id, status, current, total, aux } = progress;
  if (aux) return { progressDetail: {}, aux };
  if (current === undefined && (id === undefined || status.startsWith('Pulling from ')))
    return { ...(id !== undefined && { id }), status };
  return {
    status,
    progressDetail:
      current === undefined ? {} : { current, ...(total !== undefined && total > 0 && { total }) },
    ...(current !== undefined && { progress: progressBar(current, total) }),
    ...(id !== undefined && { id }),
  };
}

const BAR_WIDTH = 50;

/** `[=====>      ]   1.2MB/5MB`, column for column as Docker writes it. */
export function progressBar(current: number, total: number | undefined): string {
  const done = formatBytes(current).padStart(8);
  if (total === undefined || total <= 0) return done;
  const share = Math.min(BAR_WIDTH, Math.floor(((current / total) * 100) / 2));
  const bar = `${'='.repeat(share)}>${' '.repeat(BAR_WIDTH - share)}`;
  return `[${bar}] ${done}${current > total ? '' : `/${formatBytes(total)}`}`;
}
