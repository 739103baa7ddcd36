import { readFileSync, watch } from 'node:fs';
import { type ChildProcess, start } from '../lib/exec.ts';
import { hasCode } from '../lib/errors.ts';
import { pidFile, runtimeArguments, runtimeLog } from './conmon/arguments.ts';
import type { RuntimeContext } from './context.ts';
import type { ExecJob } from './exec.ts';
import { exitDespiteLingerers } from './exec-lingering.ts';
import { signalExitCode } from './signal-exit-code.ts';
import { killProcess } from './signal-process.ts';
import type { ExecHandle } from './types.ts';

/** `runc exec` as our child: it copies the streams and ends with the program's exit code. */
export async function execPiped(context: RuntimeContext, job: ExecJob): Promise<ExecHandle> {
  const { options, directory } = job;
  const stream = (wanted: boolean): 'pipe' | 'ignore' => (wanted ? 'pipe' : 'ignore');
  const child = start(context.command.program, execArguments(context, job), {
    cwd: directory,
    detached: true, // Ctrl-C on an engine in the foreground is not meant for it
    stdio: [stream(options.stdin), stream(options.stdout), stream(options.stderr)],
  });
  child.stdin?.on('error', () => {}); // a program that ended reads no more
  const exited = exitCodeOf(child);
  const pid = await startedPid(directory, exited);
  if (options.signal?.aborted) {
    if (pid !== undefined) killProcess(pid);
    throw options.signal.reason;
  }
  if (pid === undefined) throw job.failure(lastError(directory) ?? 'the runtime ended without a word');
  return {
    pid,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? undefined,
    stderr: child.stderr ?? undefined,
    exited: exitDespiteLingerers(child, pid, exited),
    async resize() {},
  };
}

function execArguments(context: RuntimeContext, job: ExecJob): string[] {
  const { directory, processFile, containerId } = job;
  const global = runtimeArguments(context.command, directory);
  return [...global, 'exec', '--process', processFile, '--pid-file', pidFile(directory), containerId];
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signalExitCode(signal)));
  });
}

/** The pid that the runtime writes, by rename, once the program was executed; undefined when it ended without. */
async function startedPid(directory: string, exited: Promise<number>): Promise<number | undefined> {
  const appeared = Promise.withResolvers<number>();
  const watcher = watch(directory, { persistent: false }, () => {
    const pid = readPidFile(directory);
    if (pid !== undefined) appeared.resolve(pid);
  });
  try {
    return await Promise.race([appeared.promise, exited.then(() => readPidFile(directory))]);
  } finally {
    watcher.close();
  }
}

function readPidFile(directory: string): number | undefined {
  const pid = Number(readText(pidFile(directory)));
  return pid > 0 ? pid : undefined;
}

/** The runtime logs one JSON object a line; the last error is why it gave up. */
function lastError(directory: string): string | undefined {
  const lines = (readText(runtimeLog(directory)) ?? '').trim().split('\n');
  const entries = lines.filter(Boolean).map((line) => JSON.parse(line) as { level: string; msg: string });
  return entries.findLast(({ level }) => level === 'error')?.msg;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
