import { Writable } from 'node:stream';
import type { ContainerRecord } from './container-record.ts';
import { type Context, pathsOf } from './context.ts';

/**
 * One client's end of a container's standard input. Made before the start, it waits for it. Its end is the end of the input where the
 * container wants that (`stdinOnce`, without a terminal); else, and when it is destroyed, the client merely leaves.
 */
export class StdinClient extends Writable {
  private readonly record: ContainerRecord;
  private readonly connected: Promise<NodeJS.WritableStream>;
  private readonly release: () => void;

  constructor(context: Context, record: ContainerRecord, signal: AbortSignal) {
    super({ highWaterMark: 64 << 10 });
    this.record = record;
    const started = Promise.withResolvers<void>();
    const onStart = (): void => started.resolve();
    const leave = (): void => void this.destroy();
    this.connected = started.promise.then(() => this.connect(context));
    this.connected.catch(leave);
    this.on('error', leave); // the container went away: its exit is told elsewhere
    record.moments.once('exited', leave).once('removed', leave).once('started', onStart);
    signal.addEventListener('abort', leave);
    this.release = () => {
      record.moments.off('exited', leave).off('removed', leave).off('started', onStart);
      signal.removeEventListener('abort', leave);
    };
    if (record.run) onStart();
    if (signal.aborted) leave();
  }

  private async connect(context: Context): Promise<NodeJS.WritableStream> {
    const input = await context.runtime.openStdin(this.record.id, pathsOf(context, this.record).bundle);
    input.on('error', () => this.destroy());
    this.once('close', () => 'destroy' in input && (input as Writable).destroy());
    return input;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.connected.then((input) => input.write(chunk, done), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    const { stdinOnce, tty } = this.record.spec;
    const finish = (input: NodeJS.WritableStream): void => {
      if (stdinOnce && !tty) input.end(() => done());
      else done();
    };
    this.connected.then(finish, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.release();
    done(error);
  }
}
