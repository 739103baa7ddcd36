import { spawn, type ChildProcess, type SpawnOptions, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';

export type { ChildProcess } from 'node:child_process';

/** A program that ended with a status other than 0, was killed, or could not be started. */
export class ExecError extends Error {
  readonly command: string;
  /** Exit status; undefined when a signal ended it or it never started. */
  readonly status: number | undefined;
  readonly stderr: string;

  constructor(command: string, status: number | undefined, stderr: string, options?: ErrorOptions) {
    const tail = stderr.trim().split('\n').slice(-3).join('; ');
    super(
      `${command} ${status === undefined ? 'failed' : `exited with status ${status}`}${tail ? `: ${tail}` : ''}`,
      options,
    );
    this.name = 'ExecError';
    this.command = command;
    this.status = status;
    this.stderr = stderr;
  }
}

export interface ExecOptions {
  readonly signal?: AbortSignal;
  readonly cwd?: string;
  /** The whole environment; the engine's own when absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** Written to standard input, which is then closed. */
  readonly input?: string | Uint8Array;
  /** Bytes kept of each output stream; more is an error. Default 16 MiB. */
  readonly maxOutput?: number;
  /** Exit statuses that are no error. Default [0]. */
  readonly okStatus?: readonly number[];
}

export interface ExecResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and collects its output. Throws ExecError; never uses a shell. */
export async function exec(
  program: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const child = start(program, args, {
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.env && { env: options.env }),
    ...(options.signal && { signal: options.signal }),
  });
  const limit = options.maxOutput ?? 16 << 20;
  const stdout = collect(child, 'stdout', limit);
  const stderr = collect(child, 'stderr', limit);
  child.stdin?.on('error', () => {}); // a program that does not read its input says so by its status
  child.stdin?.end(options.input);
  const command = [program, ...args].join(' ').slice(0, 400);
  const status = await ended(child, command);
  const result = { status, stdout: stdout(), stderr: stderr() };
  if (!(options.okStatus ?? [0]).includes(status)) throw new ExecError(command, status, result.stderr);
  return result;
}

/** Starts a program that its caller supervises: file descriptors as given, never a shell. */
export function start(
  program: string,
  args: readonly string[],
  options: SpawnOptions & { stdio?: StdioOptions } = {},
): ChildProcess {
  return spawn(program, args, options);
}

async function ended(child: ChildProcess, command: string): Promise<number> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (code !== null) return code;
    throw new ExecError(command, undefined, `killed by ${signal}`);
  } catch (error) {
    if (error instanceof ExecError) throw error;
    if (error instanceof Error && error.name === 'AbortError') throw error;
    throw new ExecError(command, undefined, error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

function collect(child: ChildProcess, name: 'stdout' | 'stderr', limit: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  child[name]?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) child.kill('SIGKILL');
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}
