import { GrpcError, GrpcStatus } from '../lib/grpc/status.ts';
import type { GrpcCall, GrpcHandler } from '../lib/grpc/server.ts';
import { codec } from './messages.ts';

/** A method with one message each way. The names are those of its messages. */
export function unary<Request extends object, Answer extends object>(
  request: string,
  answer: string,
  work: (message: Request, call: GrpcCall) => Partial<Answer> | Promise<Partial<Answer>>,
): GrpcHandler {
  return async (call) => {
    const result = await work(await readOne<Request>(request, call), call);
    await call.send(codec<Answer>(answer).encode(result));
  };
}

/** A method that answers one message by many. */
export function streaming<Request extends object, Answer extends object>(
  request: string,
  answer: string,
  work: (message: Request, call: GrpcCall) => AsyncIterable<Partial<Answer>>,
): GrpcHandler {
  return async (call) => {
    const answers = codec<Answer>(answer);
    for await (const part of work(await readOne<Request>(request, call), call))
      await call.send(answers.encode(part));
  };
}

async function readOne<T extends object>(name: string, call: GrpcCall): Promise<T> {
  for await (const bytes of call.messages) return codec<T>(name).decode(bytes);
  throw new GrpcError(GrpcStatus.invalidArgument, `the call has no message (${name})`);
}
