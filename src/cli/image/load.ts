import { createReadStream } from 'node:fs';
import { defineCommand } from '../command.ts';
import { ExitError } from '../exit-code.ts';
import { bool, text } from '../flags.ts';
import { hasCode } from '../../lib/errors.ts';
import { showProgress } from '../progress.ts';
import { platformJson } from './platform.ts';

export const command = defineCommand({
  summary: 'Load an image from a tar archive or STDIN',
  usage: '[OPTIONS]',
  flags: {
    input: text('Read from tar archive file, instead of STDIN', 'i'),
    platform: text('Load only the given platform'),
    quiet: bool('Suppress the load output', 'q'),
  },
  async run(context, flags) {
    if (flags.input === undefined && context.in.isTTY)
      throw new ExitError(1, 'requested load from stdin, but stdin is empty');
    const source = flags.input === undefined ? context.in : await openFile(flags.input);
    const lines = await context.client.images.load(source as AsyncIterable<Uint8Array>, {
      quiet: (flags.quiet ?? false) || !context.out.isTTY,
      platform: platformJson(flags.platform),
      signal: context.signal,
    });
    await showProgress(lines, context.out);
  },
});

/** An open file, so that one that is missing is told before the engine is asked. */
export function openFile(path: string): Promise<NodeJS.ReadableStream> {
  return new Promise((resolve, reject) => {
    const stream = createReadStream(path, { highWaterMark: 1 << 20 });
    stream.once('open', () => resolve(stream));
    stream.once('error', (error) =>
      reject(hasCode(error, 'ENOENT') ? new ExitError(1, `open ${path}: no such file or directory`) : error),
    );
  });
}
