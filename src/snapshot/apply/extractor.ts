import { closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { closePipe, openPipe } from '../../kernel/pipe.ts';
import { type EngineError, internal, invalid } from '../../lib/errors.ts';
import { NO_ROOM, type outcomeOf, startConfinedTar } from './confined-tar.ts';

export type Outcome = Awaited<ReturnType<typeof outcomeOf>>;

/** What kept tar from extracting: the machine or the archive. */
export function extractionError({ stderr }: Outcome): EngineError {
  const text = stderr.split('\n').slice(0, 3).join('; ') || 'tar ended early';
  if (NO_ROOM.test(text)) return internal('Cannot extract layer: no space left on device');
  const isOurs = /Disk quota|Read-only file system|Input\/output|unshare|mount:/.test(text);
  return isOurs ? internal(`Cannot extract layer: ${text}`) : invalid(`invalid layer: ${text}`);
}

/** A descriptor that may be closed more than once. */
export class OwnedFd {
  readonly fd: number;
  private isOpen = true;

  constructor(fd: number) {
    this.fd = fd;
  }

  close(): void {
    if (this.isOpen) closeSync(this.fd);
    this.isOpen = false;
  }
}

/** Starts a confined tar that makes `diff` in a scratch directory of what is written to `output`. */
export function startExtractor(
  scratch: string,
  held: DisposableStack,
  signal: AbortSignal,
): { output: OwnedFd; tar: Promise<Outcome> } {
  const pipe = openPipe();
  try {
    const directory = join(scratch, 'diff');
    mkdirSync(directory, { mode: 0o755 });
    const { child, ended } = startConfinedTar(pipe.read, directory, join(scratch, 'root'));
    killOnAbort(child, signal, held);
    closeSync(pipe.read);
    const output = new OwnedFd(pipe.write);
    held.defer(() => output.close());
    return { output, tar: ended };
  } catch (error) {
    closePipe(pipe);
    throw error;
  }
}

export function killOnAbort(
  child: { kill(signal: 'SIGKILL'): boolean },
  signal: AbortSignal,
  held: DisposableStack,
): void {
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  held.defer(() => signal.removeEventListener('abort', kill));
}
