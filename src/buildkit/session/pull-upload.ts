import { codec } from '../messages.ts';
import type { Session } from './session.ts';

const METHOD = '/moby.upload.v1.Upload/Pull';
const HOST = 'buildkit-session';
const bytes = codec<{ data: Uint8Array }>('moby.session.BytesMessage');

/** Whether a URL means something that the client of the build hands out itself, such as what it reads from standard input. */
export const isUpload = (url: string): boolean => url.startsWith(`http://${HOST}/`);

export async function* pullUpload(
  session: Session,
  url: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const stream = session.open(METHOD, { urlpath: new URL(url).pathname, urlhost: HOST }, signal);
  try {
    for await (const message of stream.messages) yield Buffer.from(bytes.decode(message).data);
  } finally {
    stream.cancel();
  }
}
