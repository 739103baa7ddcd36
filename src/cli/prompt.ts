import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import type { Context } from './context.ts';

/** Asks for a line; undefined at the end of the input. A hidden answer is not shown while it is typed. */
export async function ask(
  context: Context,
  question: string,
  { hidden = false }: { hidden?: boolean } = {},
): Promise<string | undefined> {
  context.out.write(question);
  return context.in.isTTY ? typedLine(context, hidden) : pipedLine(context.in);
}

/** Asks a question that only `y` and `yes` agree to. */
export async function agrees(context: Context, question: string): Promise<boolean> {
  const answer = await ask(context, `${question} [y/N] `);
  return /^y(es)?$/i.test(answer ?? '');
}

async function typedLine(context: Context, hidden: boolean): Promise<string | undefined> {
  const reader = createInterface({
    input: context.in,
    output: new Writable({ write: (chunk, _encoding, done) => show(context, hidden, chunk as Buffer, done) }),
    terminal: true,
  });
  try {
    return await new Promise<string | undefined>((resolve) => {
      reader.once('line', (line) => resolve(line.trim())).once('close', () => resolve(undefined));
    });
  } finally {
    reader.close();
    if (hidden) context.out.write('\n');
  }
}

function show(context: Context, hidden: boolean, chunk: Buffer, done: () => void): void {
  if (!hidden) context.out.write(chunk);
  done();
}

/** Takes no more than the line: what follows is for the next question. */
async function pipedLine(input: Context['in']): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  if (input.readable)
    for await (const chunk of (input as Readable).iterator({ destroyOnReturn: false })) {
      const bytes = Buffer.from(chunk as Uint8Array);
      const end = bytes.indexOf(10);
      chunks.push(end < 0 ? bytes : bytes.subarray(0, end));
      if (end < 0) continue;
      input.unshift(bytes.subarray(end + 1));
      return textOf(chunks);
    }
  return chunks.length > 0 ? textOf(chunks) : undefined;
}

const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString().trim();
