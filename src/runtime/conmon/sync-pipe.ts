import type { Readable } from 'node:stream';

/** What conmon says on its sync pipe: a pid or exit code; below zero, a failure that `message` tells of. */
export interface SyncMessage {
  readonly data: number;
  readonly message?: string;
}

/** Reads conmon's messages one at a time: one JSON object a line. */
export class SyncPipe {
  private readonly lines: AsyncIterator<string>;
  private readonly stream: Readable;

  constructor(stream: Readable) {
    this.stream = stream;
    this.lines = linesOf(stream);
  }

  /** The next message; undefined when conmon closed the pipe without a further one. */
  async next(): Promise<SyncMessage | undefined> {
    const { value, done } = await this.lines.next();
    return done ? undefined : parseMessage(value);
  }

  close(): void {
    this.stream.destroy();
  }
}

async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest) yield rest;
}

/** A message that conmon escaped badly is passed on as it is. */
function parseMessage(line: string): SyncMessage {
  try {
    const { data, message } = JSON.parse(line) as { data: unknown; message?: unknown };
    if (typeof data === 'number') return typeof message === 'string' ? { data, message } : { data };
  } catch {
    // falls through
  }
  return { data: -1, message: line };
}
