import { CommandError } from '../../build/ops/exec/command-error.ts';
import { DockerfileError } from '../../build/parse/dockerfile-error.ts';
import { isAbort } from '../../lib/errors.ts';
import { GrpcError, GrpcStatus, statusOf } from '../../lib/grpc/status.ts';
import { statusBytes } from '../status-message.ts';
import type { ClientDockerfile } from './local-context.ts';

/** Gives an error the excerpt of the Dockerfile that clients print below it, in BuildKit's words. */
export function withSource(error: unknown, dockerfile: ClientDockerfile, line?: number): unknown {
  if (isAbort(error)) return error;
  const at = error instanceof DockerfileError ? error.position.line : line;
  const { code, message } = textOf(error);
  if (at === undefined) return new GrpcError(code, message);
  const source = {
    info: {
      filename: dockerfile.name,
      data: Buffer.from(dockerfile.text).toString('base64'),
      language: 'Dockerfile',
    },
    ranges: [{ start: { line: at }, end: { line: at } }],
  };
  const value = Buffer.from(JSON.stringify(source));
  const details = [{ type_url: 'github.com/moby/buildkit/errdefs.Source+json', value }];
  return new GrpcError(code, message, statusBytes({ code, message, details }));
}

function textOf(error: unknown): { code: number; message: string } {
  if (error instanceof CommandError)
    return {
      code: GrpcStatus.unknown,
      message: `process "${error.command}" did not complete successfully: exit code: ${error.exitCode}`,
    };
  const { code: own, message } = statusOf(error);
  // clients print a code that they know before the message, and BuildKit has none for what is wrong with a Dockerfile
  const code = own === GrpcStatus.invalidArgument ? GrpcStatus.unknown : own;
  if (error instanceof DockerfileError) return { code, message: message.replace(/^[^:]*:\d+:\d+: /, '') };
  return { code, message };
}
