import type { Readable, Writable } from 'node:stream';
import { invalid, messageOf } from '../lib/errors.ts';
import type { ExecStreams } from '../container/types.ts';
import type { ExecConfig, ExecInspect, ExecStartConfig } from '../wire/container.ts';
import { readJson } from './body.ts';
import { type Answer, type Call, duplex, empty, json, param } from './call.ts';
import * as bodies from './container-body.ts';
import { sizeOf } from './container-spec.ts';
import { terminalSize } from './containers.ts';
import { defined } from './defined.ts';
import { parseDetachKeys } from '../lib/detach-keys.ts';
import type { Engine } from './engine.ts';
import { frameHeader, frames, outputType, type StreamName } from './frame.ts';
import { headTaken } from './head-taken.ts';
import { pumpInput } from './pump-input.ts';
import { drained } from './write-answer.ts';

function checkDetachKeys(keys: string): void {
  try {
    parseDetachKeys(keys);
  } catch (error) {
    throw invalid(`Invalid escape keys (${keys}) provided`, error);
  }
}

/** POST /containers/{id}/exec */
export async function create(call: Call, engine: Engine): Promise<Answer> {
  const body = await readJson<ExecConfig>(call, bodies.execCreate);
  if (!body.Cmd || body.Cmd.length === 0) throw invalid('No exec command specified');
  if (body.DetachKeys) checkDetachKeys(body.DetachKeys);
  const execId = await engine.containers.execCreate(
    param(call, 'id'),
    defined({
      cmd: body.Cmd,
      env: body.Env ?? [],
      workingDir: body.WorkingDir ?? '',
      user: body.User ?? '',
      tty: body.Tty ?? false,
      privileged: body.Privileged ?? false,
      attach: {
        stdin: body.AttachStdin ?? false,
        stdout: body.AttachStdout ?? false,
        stderr: body.AttachStderr ?? false,
      },
      detachKeys: body.DetachKeys || undefined,
      consoleSize: sizeOf(body.ConsoleSize),
    }),
  );
  return json({ Id: execId }, 201);
}

/**
 * POST /exec/{id}/start. The client has its connection before the program starts, so a program that can't be executed, or was
 * before, is told on the stream, as Docker does, and the client finds the exit status by inspect. (Compose starts what it is attached to once more, and takes a refusal for a failure.)
 */
export async function start(call: Call, engine: Engine): Promise<Answer> {
  const execId = param(call, 'id');
  const body = await readJson<ExecStartConfig>(call, bodies.execStart);
  const { spec } = engine.containers.execCheck(execId);
  const tty = body.Tty ?? false; // whether the streams are framed; what the program has was said when the exec was made
  const options = { tty, ...defined({ consoleSize: sizeOf(body.ConsoleSize) }) };
  if (body.Detach) {
    await engine.containers.execStart(execId, { ...options, detach: true });
    return empty(200);
  }
  return duplex(outputType(tty, call.version), async (input, output) => {
    try {
      const streams = await engine.containers.execStart(execId, { ...options, detach: false });
      if (streams) await serve(streams, input, output, tty, spec.detachKeys ?? '');
    } catch (error) {
      const data = Buffer.from(`${messageOf(error)}\r\n`);
      await headTaken(output);
      output.write(tty ? data : frames([{ stream: 'stdout', data }]));
    }
  });
}

/** Ends when the process has ended and all that it wrote is told, or when the client detaches. */
async function serve(
  streams: ExecStreams,
  input: Readable,
  output: Writable,
  tty: boolean,
  detachKeys: string,
): Promise<void> {
  const detached = Promise.withResolvers<void>();
  if (streams.stdin) void pumpInput(input, streams.stdin, { tty, detachKeys, onDetach: detached.resolve });
  else input.resume();
  const taken = headTaken(output);
  const told = Promise.all([
    pumpOutput(streams.stdout, output, tty, 'stdout', taken),
    pumpOutput(streams.stderr, output, tty, 'stderr', taken),
    streams.exited,
  ]);
  await Promise.race([told, detached.promise]);
}

async function pumpOutput(
  from: NodeJS.ReadableStream | undefined,
  output: Writable,
  tty: boolean,
  name: StreamName,
  taken: Promise<void>,
): Promise<void> {
  if (!from) return;
  await taken;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    if (output.destroyed) continue; // the program goes on without a reader, as in Docker
    output.cork();
    if (!tty) output.write(frameHeader(name, chunk.length));
    output.write(chunk);
    output.uncork();
    if (output.writableNeedDrain) await drained(output);
  }
}

/** POST /exec/{id}/resize */
export async function resize(call: Call, engine: Engine): Promise<Answer> {
  await engine.containers.execResize(param(call, 'id'), terminalSize(call));
  return empty(200);
}

/** GET /exec/{id}/json */
export function inspect(call: Call, engine: Engine): Answer {
  const { id, containerId, spec, running, exitCode, pid } = engine.containers.execInspect(param(call, 'id'));
  const [program = '', ...args] = spec.cmd;
  const answer: ExecInspect = {
    ID: id,
    Running: running,
    ExitCode: exitCode,
    ProcessConfig: {
      tty: spec.tty,
      entrypoint: program,
      arguments: args,
      privileged: spec.privileged,
      ...(spec.user !== '' && { user: spec.user }),
    },
    OpenStdin: spec.attach.stdin,
    OpenStderr: spec.attach.stderr,
    OpenStdout: spec.attach.stdout,
    CanRemove: false,
    ContainerID: containerId,
    DetachKeys: spec.detachKeys ?? '',
    Pid: pid,
  };
  return json(answer);
}
