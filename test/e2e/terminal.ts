import { join } from 'node:path';
import { exec } from '../../src/lib/exec.ts';

export type Step =
  | readonly ['expect', string]
  | readonly ['send', string]
  | readonly ['resize', number, number];

export interface Typed {
  readonly output: string;
  /** Null when the program had to be killed; negative for a signal. */
  readonly status: number | null;
  /** What was expected and did not come. */
  readonly missing: string | null;
}

/** Runs a program in a terminal of its own and types into it (terminal.py: Node has no terminals). */
export async function typeInto(
  argv: readonly string[],
  steps: readonly Step[],
  env: NodeJS.ProcessEnv,
  size: { rows?: number; columns?: number } = {},
): Promise<Typed> {
  const script = join(import.meta.dirname, 'terminal.py');
  const { stdout } = await exec('python3', [script, JSON.stringify({ argv, steps, ...size })], { env });
  return JSON.parse(stdout) as Typed;
}
