import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { PacketSender } from '../../kernel/unix-socket.ts';
import { conflict, hasCode } from '../../lib/errors.ts';
import { monitorFiles } from './launch.ts';

/** conmon reads 32 KiB at a time; the rest of a longer packet is lost. */
const packetSize = 32 << 10;
/** Waits between tries while the program does not read. */
const firstWait = 1;
const longestWait = 32;

/** Opens the standard input of a container. Throws `conflict` when it has ended. */
export function openInput(directory: string): Writable {
  const input = tryOpenInput(directory);
  if (input) return input;
  throw conflict('Cannot attach to the input of a container that has ended');
}

/** Opens the standard input of an exec that may have ended already; then what is written goes nowhere. */
export const openInputOrNone = (directory: string): Writable =>
  tryOpenInput(directory) ?? new Writable({ write: (_chunk, _encoding, callback) => callback() });

function tryOpenInput(directory: string): MonitorInput | undefined {
  try {
    return new MonitorInput(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ECONNREFUSED')) return undefined;
    throw error;
  }
}

/**
 * Standard input of a container or exec: conmon's attach socket, which we only write to (an unread one would hold up the output).
 * Ending the stream is end of file for the program, unless its input was to stay open. What a program that ended did not read is dropped.
 */
class MonitorInput extends Writable {
  private readonly sender: PacketSender;

  constructor(directory: string) {
    super({ highWaterMark: packetSize, decodeStrings: true });
    this.sender = PacketSender.connect(join(directory, monitorFiles.attach));
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    this.send(chunk).then(
      () => callback(),
      (error: unknown) => callback(hasCode(error, 'EPIPE', 'ECONNRESET') ? null : (error as Error)),
    );
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.sender.finish();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.sender.close();
    callback(error);
  }

  private async send(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; at += packetSize) {
      const packet = chunk.subarray(at, at + packetSize);
      for (let wait = firstWait; !this.destroyed && !this.sender.trySend(packet);) {
        await delay(wait);
        wait = Math.min(wait * 2, longestWait);
      }
    }
  }
}
