import { EngineError } from '../../lib/errors.ts';
import type { FailureAnswer } from '../../wire/build.ts';
import type { CreateContainerBody } from '../../wire/container.ts';
import { runAttached } from '../container/run.ts';
import type { Context } from '../context.ts';

/** Runs a command (default: a shell) in what the failed step of a build left, as the step ran; returns its exit status. */
export async function runFailed(
  context: Context,
  build: string,
  command: readonly string[],
): Promise<number> {
  const { client } = context;
  const failure = await client.builds.openFailure(build);
  introduce(context, failure);
  const tty = Boolean(context.in.isTTY && context.out.isTTY);
  const removeImage = (): Promise<unknown> => client.images.remove(failure.image, { force: true });
  try {
    const body = containerBody(failure, command.length > 0 ? command : ['/bin/sh'], tty);
    const { Id: id } = await client.containers.create(body);
    return await runAttached(context, id, {
      tty,
      stdin: true,
      stdout: true,
      stderr: true,
      remove: true,
      signals: true,
    });
  } finally {
    await removeImage().catch(() => {}); // somebody else is in it, too
  }
}

/** `[BUILD] [COMMAND] [ARG...]`: a first word that names no build begins the command. */
export async function runFailedOf(context: Context, words: readonly string[]): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined) return runFailed(context, 'latest', []);
  const isBuild = await context.client.builds.get(first).then(
    () => true,
    (error: unknown) => {
      if (error instanceof EngineError && error.kind === 'not-found') return false;
      throw error;
    },
  );
  return isBuild ? runFailed(context, first, rest) : runFailed(context, 'latest', words);
}

function introduce({ err }: Context, { step, exitCode, missing }: FailureAnswer): void {
  err.write(`In what is left of: ${step} (exit code ${exitCode})\n`);
  if (missing.length > 0) err.write(`Not there: ${missing.join(', ')}\n`);
}

function containerBody(
  { image, network, extraHosts, mounts }: FailureAnswer,
  command: readonly string[],
  tty: boolean,
): CreateContainerBody {
  return {
    Image: image,
    Cmd: [...command],
    Tty: tty,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      AutoRemove: true,
      NetworkMode: network === '' ? 'default' : network,
      ExtraHosts: [...extraHosts],
      Mounts: mounts.map((mount) =>
        mount.type === 'tmpfs'
          ? { Type: 'tmpfs', Target: mount.target }
          : { Type: 'bind', Source: mount.source, Target: mount.target, ReadOnly: mount.readOnly },
      ),
    },
  };
}
