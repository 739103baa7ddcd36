import { DockerfileError } from '../../build/parse/dockerfile-error.ts';
import { toInstructions } from '../../build/instructions/to-instruction.ts';
import { parseDockerfile } from '../../build/parse/parse-dockerfile.ts';
import { isAbort } from '../../lib/errors.ts';
import { GrpcError, GrpcStatus } from '../../lib/grpc/status.ts';
import { statusBytes } from '../status-message.ts';
import { buildError } from '../status/error-text.ts';
import type { ClientDockerfile } from './local-context.ts';

/** The step that failed, as clients know it. */
export interface FailedVertex {
  readonly line?: number | undefined;
  readonly digest?: string | undefined;
}

/** Gives an error the excerpt of the Dockerfile that clients print below it, in BuildKit's words. */
export function withSource(
  error: unknown,
  dockerfile: ClientDockerfile,
  failing: FailedVertex = {},
): unknown {
  if (isAbort(error)) return error;
  const at = error instanceof DockerfileError ? error.position.line : failing.line;
  // a code that clients know would be printed before the message
  const [code, message] = [GrpcStatus.unknown, errorText(error, dockerfile)];
  if (at === undefined) return caused(new GrpcError(code, message), error);
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
  if (failing.digest !== undefined) {
    const vertex = Buffer.from(JSON.stringify({ digest: failing.digest }));
    details.push({ type_url: 'github.com/moby/buildkit/errdefs.Vertex+json', value: vertex });
  }
  return caused(new GrpcError(code, message, statusBytes({ code, message, details })), error);
}

/** An error in BuildKit's words, without its place. */
export const errorText = (error: unknown, dockerfile: Pick<ClientDockerfile, 'name' | 'text'>): string =>
  `${parseErrorPrefix(error, dockerfile)}${buildError(error)}`.replace(
    /^(the Dockerfile) \(.*\) (?=cannot be empty$)/,
    '$1 ',
  );

/** Keeps what went wrong, for whoever wants more than the text. */
const caused = (told: GrpcError, cause: unknown): GrpcError => Object.assign(told, { cause });

/** What BuildKit finds before it looks at instructions, or after. */
const unprefixed =
  /must have two arguments|unterminated heredoc|can't find = in|unsupported mount type|unexpected key|arrays must be comprised of|parser directive can be used|invalid escape token|no build stage|cannot be empty|no instructions/;

/** BuildKit begins the messages of one kind of errors so: of instructions that can't be read. */
function parseErrorPrefix(error: unknown, { name, text }: Pick<ClientDockerfile, 'name' | 'text'>): string {
  if (!(error instanceof DockerfileError)) return '';
  try {
    toInstructions(parseDockerfile(name, text));
    return '';
  } catch {
    return unprefixed.test(error.message) ? '' : `dockerfile parse error on line ${error.position.line}: `;
  }
}
