import { readFrames } from '../client/frames.ts';
import { internal } from '../lib/errors.ts';
import type { Hook } from './model/lifecycle-types.ts';
import type { Instance } from './plan/instance.ts';
import type { Work } from './work.ts';

/** Runs commands in a container, one after the other. Throws, with the last of its output, when one does not end with 0. */
export async function runHooks(work: Work, instance: Instance, hooks: readonly Hook[]): Promise<void> {
  for (const hook of hooks) await runHook(work, instance, hook);
}

async function runHook({ client }: Work, instance: Instance, hook: Hook): Promise<void> {
  const { containers } = client;
  const { Id } = await containers.execCreate(instance.id, {
    Cmd: [...hook.command],
    AttachStdout: true,
    AttachStderr: true,
    Privileged: hook.privileged,
    Env: Object.entries(hook.environment).map(([name, value]) => `${name}=${value}`),
    ...(hook.user !== undefined && { User: hook.user }),
    ...(hook.workingDir !== undefined && { WorkingDir: hook.workingDir }),
  });
  const { socket, multiplexed } = await containers.execStart(Id, { Detach: false, Tty: false });
  let output = '';
  for await (const { data } of readFrames(socket as AsyncIterable<Uint8Array>, multiplexed))
    output = (output + data.toString()).slice(-4096);
  const { ExitCode } = await containers.execInspect(Id);
  if (ExitCode !== 0)
    throw internal(`${instance.service} hook exited with status ${ExitCode}${lastLines(output)}`);
}

const KEPT = 5;

/** The last lines of some output, each on a line of its own below a message. */
export const lastLines = (output: string): string =>
  output
    .trimEnd()
    .split('\n')
    .slice(-KEPT)
    .filter((line) => line !== '')
    .map((line) => `\n  | ${line}`)
    .join('');
