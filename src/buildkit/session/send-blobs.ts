import { GrpcError, GrpcStatus } from '../../lib/grpc/status.ts';
import type { Digest } from '../../oci/digest.ts';
import { codec } from '../messages.ts';
import type { Session } from './session.ts';

const METHOD = '/containerd.services.content.v1.Content/Write';
interface WriteRequest {
  action: number;
  ref: string;
  total: number;
  expected: string;
  offset: number;
  data: Uint8Array;
}

const requests = codec<WriteRequest>('containerd.services.content.v1.WriteContentRequest');
const answers = codec<{ action: number; offset: number }>(
  'containerd.services.content.v1.WriteContentResponse',
);
const WRITE = 1;
const COMMIT = 2;
const PIECE = 512 << 10;

/** Whether the client has a store that takes blobs. */
export const takesBlobs = (session: Session): boolean => session.supports(METHOD);

/** Copies one blob into a store of the client. One that it has is left as it is. */
export async function sendBlob(
  session: Session,
  store: string,
  {
    digest,
    size,
    content,
  }: {
    readonly digest: Digest;
    readonly size: number;
    readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  },
  signal: AbortSignal,
): Promise<void> {
  // clients have one store for what is exported, whatever the output
  const id = store.startsWith('export:') ? 'export' : store;
  const stream = session.open(METHOD, { 'buildkit-attachable-store-id': id }, signal);
  const about = { ref: `lading-${digest}`, total: size, expected: digest };
  try {
    const answered = stream.messages[Symbol.asyncIterator]();
    const next = async (): Promise<void> => {
      const { done, value } = await answered.next();
      if (!done) answers.decode(value);
    };
    let offset = 0;
    for await (const data of pieces(content)) {
      await stream.send(requests.encode({ ...about, action: WRITE, offset, data }));
      offset += data.length;
      await next();
    }
    await stream.send(requests.encode({ ...about, action: COMMIT, offset }));
    await next();
    stream.end();
    while (!(await answered.next()).done);
  } catch (error) {
    stream.cancel();
    // another output, or an earlier build, brought it
    if (error instanceof GrpcError && error.code === GrpcStatus.alreadyExists) return;
    throw error;
  }
}

async function* pieces(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source)
    for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE);
}
