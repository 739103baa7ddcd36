import { constants } from 'node:os';
import { formatDuration } from '../../lib/duration.ts';
import { messageOf } from '../../lib/errors.ts';
import { randomId } from '../../lib/id.ts';
import type { ExecHandle } from '../../runtime/types.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { Context } from '../context.ts';
import { tellExec, tellExecEnd } from '../exec/exec-events.ts';
import { runExec } from '../exec/run-exec.ts';
import type { HealthProbe } from '../types.ts';
import type { HealthPlan } from './health-state.ts';

/** Bytes of output that are kept of one probe. */
const MOST_OUTPUT = 4096;
const NO_EXIT = -1;
const passing = { passing: true };

/** Runs the test of a health check once, at most for its timeout. Never throws: what goes wrong is a failed probe. */
export async function probe(
  context: Context,
  record: ContainerRecord,
  plan: HealthPlan,
  signal: AbortSignal,
): Promise<HealthProbe> {
  const start = new Date();
  const finish = (exitCode: number, output: string): HealthProbe => ({
    start,
    end: new Date(),
    exitCode,
    output,
  });
  try {
    const spec = probeSpec(record, plan);
    const id = randomId();
    tellExec(context, record, id, 'exec_create', spec.cmd, passing);
    const handle = await runExec(context, record, spec, signal);
    tellExec(context, record, id, 'exec_start', spec.cmd, passing);
    void handle.exited.then((exitCode) => tellExecEnd(context, record, id, exitCode, passing));
    const output = collect(handle);
    const exitCode = await withTimeout(context, handle, plan.timeout, signal);
    if (exitCode === undefined) return finish(NO_EXIT, timeoutText(plan, await output));
    return finish(exitCode, await output);
  } catch (error) {
    return finish(NO_EXIT, messageOf(error).slice(0, MOST_OUTPUT));
  }
}

function probeSpec(record: ContainerRecord, plan: HealthPlan): Parameters<typeof runExec>[2] {
  const [kind, ...rest] = plan.test;
  const shell = record.spec.shell ?? ['/bin/sh', '-c'];
  return {
    cmd: kind === 'CMD-SHELL' ? [...shell, ...rest] : rest,
    env: [],
    workingDir: '',
    user: '',
    tty: false,
    privileged: false,
    attach: { stdin: false, stdout: true, stderr: true },
  };
}

/** The exit code; undefined when it took too long and was killed. */
async function withTimeout(
  context: Context,
  handle: ExecHandle,
  timeout: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const over = Promise.withResolvers<undefined>();
  const stop = (): void => over.resolve(undefined);
  const timer = setTimeout(stop, timeout);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const result = await Promise.race([handle.exited, over.promise]);
    if (result === undefined) await kill(context, handle);
    return result;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Waits for its end too, so that probes never pile up. */
async function kill(context: Context, handle: ExecHandle): Promise<void> {
  try {
    process.kill(handle.pid, constants.signals.SIGKILL);
  } catch (error) {
    context.logger.debug(`cannot kill a health check: ${messageOf(error)}`);
  }
  await handle.exited;
}

/** Standard output and error as they come, up to the limit. */
async function collect(handle: ExecHandle): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const streams = [handle.stdout, handle.stderr].filter((stream) => stream !== undefined);
  const drained = streams.map((stream) => {
    stream.on('data', (chunk: Buffer) => {
      if (size < MOST_OUTPUT) chunks.push(chunk.subarray(0, MOST_OUTPUT - size));
      size += chunk.length;
    });
    return new Promise((resolve) =>
      stream.once('close', resolve).once('end', resolve).once('error', resolve),
    );
  });
  await Promise.all(drained);
  const text = Buffer.concat(chunks).toString();
  return size > MOST_OUTPUT ? `${text}...` : text;
}

function timeoutText(plan: HealthPlan, output: string): string {
  const text = `Health check exceeded timeout (${formatDuration(plan.timeout * 1e6)})`;
  return output === '' ? text : `${text}: ${output}`;
}
