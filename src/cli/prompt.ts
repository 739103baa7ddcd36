import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Context } from './context.ts';

/** Asks for a line; undefined at the end of the input. A hidden answer is not shown while it is typed. */
export async function ask(
  context: Context,
  question: string,
  { hidden = false }: { hidden?: boolean } = {},
): Promise<string | undefined> {
  context.out.write(question);
  const reader = createInterface({
    input: context.in,
    output: new Writable({ write: (chunk, _encoding, done) => show(context, hidden, chunk as Buffer, done) }),
    terminal: context.in.isTTY === true,
  });
  try {
    return await new Promise<string | undefined>((resolve) => {
      reader.once('line', (line) => resolve(line.trim())).once('close', () => resolve(undefined));
    });
  } finally {
    reader.close();
    if (hidden && context.in.isTTY) context.out.write('\n');
  }
}

function show(context: Context, hidden: boolean, chunk: Buffer, done: () => void): void {
  if (!hidden) context.out.write(chunk);
  done();
}
