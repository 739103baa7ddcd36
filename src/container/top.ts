import { internal, invalid } from '../lib/errors.ts';
import { exec, ExecError } from '../lib/exec.ts';
import type { ContainerRecord } from './container-record.ts';
import { type Context, publish } from './context.ts';
import { checkRuns } from './running.ts';

/** The verb: the host's `ps` with the user's arguments (`-ef` by default), cut down to the container's processes. */
export async function listProcesses(
  context: Context,
  record: ContainerRecord,
  psArgs: string,
): Promise<{ titles: string[]; processes: string[][] }> {
  const args = psArgs.trim() === '' ? ['-ef'] : psArgs.trim().split(/\s+/);
  checkArguments(args);
  checkRuns(record);
  const pids = new Set(await context.runtime.processes(record.id));
  const table = parsePs(await runPs(args), pids);
  publish(context, record, 'top');
  return table;
}

/** Docker's guard: a column that is titled PID but is none would tell about other processes. */
function checkArguments(args: readonly string[]): void {
  for (const arg of args)
    if (/pid\s*=|=\s*PID/i.test(arg)) throw invalid(`specifying "${arg}" is not allowed`);
}

async function runPs(args: readonly string[]): Promise<string> {
  try {
    return (await exec('ps', args)).stdout;
  } catch (error) {
    if (error instanceof ExecError)
      throw internal(`ps: ${error.stderr.trim().split('\n', 1)[0] || `exit status ${error.status}`}`, error);
    throw error;
  }
}

/** Splits ps's output into columns; the last one takes the rest of the line. */
export function parsePs(
  output: string,
  pids: ReadonlySet<number>,
): { titles: string[]; processes: string[][] } {
  const [head = '', ...lines] = output.split('\n');
  const titles = head.trim().split(/\s+/);
  const pidColumn = titles.indexOf('PID');
  if (pidColumn < 0) throw internal("Couldn't find PID field in ps output");
  const processes = lines
    .map((line) => splitColumns(line, titles.length))
    .filter((columns) => pids.has(Number(columns[pidColumn])));
  return { titles, processes };
}

function splitColumns(line: string, count: number): string[] {
  const words = line.trim().split(/\s+/);
  return [...words.slice(0, count - 1), words.slice(count - 1).join(' ')];
}
