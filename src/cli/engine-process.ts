import { closeSync, mkdirSync, openSync } from '../lib/fs.ts';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ExitError } from './exit-code.ts';

export const DEFAULT_RUN_ROOT = '/run/lading';
export const DEFAULT_SOCKET = join(DEFAULT_RUN_ROOT, 'engine.sock');

/** Whether something accepts connections at a unix socket. */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const done = (ok: boolean): void => {
      socket.destroy();
      resolve(ok);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
}

/** Starts the engine in the background when none answers at its default socket; it outlives this command. */
export async function ensureEngine(program: string): Promise<void> {
  if (await answers(DEFAULT_SOCKET)) return;
  if (process.getuid?.() !== 0) {
    throw new ExitError(
      1,
      `Cannot connect to the engine at unix://${DEFAULT_SOCKET}, and only root can start it. Try: sudo lade info`,
    );
  }
  mkdirSync(DEFAULT_RUN_ROOT, { recursive: true, mode: 0o711 });
  const logPath = join(DEFAULT_RUN_ROOT, 'engine.log');
  const log = openSync(logPath, 'a', 0o600);
  const { start } = await import('../lib/exec.ts'); // most commands find an engine
  const child = start(program, ['engine'], { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  closeSync(log);
  let ended: number | undefined;
  child.once('exit', (code) => (ended = code ?? 1));
  child.unref();
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    if (await answers(DEFAULT_SOCKET)) return;
    if (ended !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new ExitError(
    1,
    `The engine did not start${ended === undefined ? ' within a minute' : ` (status ${ended})`}; its log: ${logPath}`,
  );
}
