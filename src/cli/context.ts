import type { Client } from '../client/client.ts';
import type { HostFlags } from './choose-host.ts';

/** What a command may touch: the engine, its streams, the environment. Tests give their own. */
export interface Context {
  readonly client: Client;
  /** What the flags before the command said about the engine. */
  readonly hostFlags: HostFlags;
  readonly out: NodeJS.WritableStream & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly in: NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(mode: boolean): unknown };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborted when the command ends, so that nothing goes on behind it. */
  readonly signal: AbortSignal;
}

/** Prints a line on standard output. */
export function print(context: Context, line: string): void {
  context.out.write(`${line}\n`);
}
