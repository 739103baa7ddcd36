import type { Writable } from 'node:stream';

/** Settles when a stream takes more, or never will again. Leaves no listener behind. */
export function writable(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done).off('finish', done);
      resolve();
    };
    if (stream.destroyed || !stream.writableNeedDrain) return resolve();
    stream.on('drain', done).on('close', done).on('finish', done);
  });
}
