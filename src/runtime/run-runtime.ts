import { exec, ExecError } from '../lib/exec.ts';
import { internal } from '../lib/errors.ts';
import { runtimeArguments } from './conmon/arguments.ts';
import type { RuntimeContext } from './context.ts';

/** Runs one of the OCI runtime's verbs to its end and returns what it printed. Throws with the runtime's own words. */
export async function runRuntime(
  context: RuntimeContext,
  logDirectory: string,
  args: readonly string[],
): Promise<string> {
  const { command } = context;
  try {
    const all = [...runtimeArguments(command, logDirectory), ...args];
    const { stdout } = await exec(command.program, all);
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    const said = error.stderr.trim().split('\n').at(-1) || error.message;
    throw internal(`OCI runtime ${args[0]} failed: ${said}`, error);
  }
}
