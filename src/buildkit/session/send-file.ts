import { codec } from '../messages.ts';
import type { Session } from './session.ts';

const METHOD = '/moby.filesync.v1.FileSend/DiffCopy';
const bytes = codec<{ data: Uint8Array }>('moby.session.BytesMessage');

/** Sends one file to the client's output number `output`; `about` tells the client of it. */
export async function sendFile(
  session: Session,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  output: number,
  signal: AbortSignal,
  about: Readonly<Record<string, string>> = {},
): Promise<void> {
  const described = Object.entries(about).map(([name, value]) => [`exporter-md-${name}`, value]);
  const metadata = {
    'buildkit-attachable-exporter-id': String(output),
    ...(Object.fromEntries(described) as Record<string, string>),
  };
  const stream = session.open(METHOD, metadata, signal);
  try {
    for await (const data of content) {
      signal.throwIfAborted(); // nobody would take it
      await stream.send(bytes.encode({ data }));
    }
    stream.end();
    for await (const _ of stream.messages); // the client has it all when its side ends
  } catch (error) {
    stream.cancel();
    throw error;
  }
}
