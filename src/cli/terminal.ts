import type { Duplex } from 'node:stream';
import { readFrames } from '../client/frames.ts';
import type { Hijacked } from '../client/transport.ts';
import { hasCode } from '../lib/errors.ts';
import { DetachFilter, parseDetachKeys } from '../lib/detach-keys.ts';
import type { Context } from './context.ts';

export interface SessionOptions {
  /** The other side is a terminal: raw mode here when this is one, too. */
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly detachKeys?: string | undefined;
}

/** How an attached session ended: the program closed its output, or the user typed the detach keys. */
export type SessionEnd = 'closed' | 'detached';

/** Connects standard streams with an attached container or exec until its output ends. */
export async function runSession(
  context: Context,
  { socket, multiplexed }: Hijacked,
  options: SessionOptions,
): Promise<SessionEnd> {
  const restore = options.stdin && options.tty ? enterRawMode(context) : () => {};
  let detached = false;
  const input = options.stdin
    ? pipeInput(context, socket, options, () => {
        detached = true;
        socket.destroy();
      })
    : undefined;
  if (!options.stdin) socket.end();
  try {
    await copyOutput(context, socket, multiplexed && !options.tty);
  } catch (error) {
    // a program that ends before it has read all of its input
    if (!detached && !hasCode(error, 'ECONNRESET', 'EPIPE')) throw error;
  } finally {
    input?.stop();
    restore();
    socket.destroy();
  }
  return detached ? 'detached' : 'closed';
}

function enterRawMode(context: Context): () => void {
  if (!context.in.isTTY || !context.in.setRawMode) return () => {};
  const leave = (): void => void context.in.setRawMode?.(false);
  context.in.setRawMode(true);
  process.once('exit', leave);
  return () => {
    process.off('exit', leave);
    leave();
  };
}

function pipeInput(
  context: Context,
  socket: Duplex,
  options: SessionOptions,
  onDetach: () => void,
): { stop(): void } {
  const useKeys = options.tty && context.in.isTTY === true;
  const source = useKeys
    ? context.in.pipe(new DetachFilter(parseDetachKeys(options.detachKeys ?? ''), onDetach))
    : context.in;
  socket.on('error', () => {}); // the output side tells how the session ended
  source.pipe(socket);
  return {
    stop() {
      source.unpipe(socket);
      context.in.pause();
      if ('unref' in context.in && typeof context.in.unref === 'function') context.in.unref();
    },
  };
}

async function copyOutput(context: Context, socket: Duplex, multiplexed: boolean): Promise<void> {
  for await (const { stream, data } of readFrames(socket as AsyncIterable<Uint8Array>, multiplexed)) {
    const target = stream === 'stderr' ? context.err : context.out;
    if (!target.write(data)) await new Promise<void>((resolve) => target.once('drain', resolve));
  }
}

/** Keeps the size of the remote terminal that of ours; returns the function that ends it. */
export function followSize(
  context: Context,
  resize: (size: { height: number; width: number }) => Promise<void>,
): () => void {
  const tell = (): void => {
    const { rows: height, columns: width } = context.out;
    if (height && width) resize({ height, width }).catch(() => {}); // it may not run yet, or no longer
  };
  tell();
  context.out.on('resize', tell);
  return () => void context.out.off('resize', tell);
}

const proxied = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;

/** Passes signals on to a container instead of ending ourselves; returns the function that ends it. */
export function proxySignals(kill: (signal: string) => Promise<void>): () => void {
  const listeners = proxied.map((signal) => {
    const listener = (): void => void kill(signal.slice(3)).catch(() => {}); // it may have ended meanwhile
    process.on(signal, listener);
    return () => void process.off(signal, listener);
  });
  return () => listeners.forEach((stop) => stop());
}
