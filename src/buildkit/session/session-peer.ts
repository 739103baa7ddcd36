import type { Builder } from '../../build/types.ts';
import type { BuildKitContext } from '../context.ts';
import type { FileSelection, Peer, ReceiveOptions } from '../peer.ts';
import { buildClient } from './build-client.ts';
import { askCredentials } from './credentials.ts';
import { ClientFiles } from './offer-files.ts';
import { pullUpload } from './pull-upload.ts';
import { openStore } from './read-blobs.ts';
import { sendBlob, takesBlobs } from './send-blobs.ts';
import { sendFile } from './send-file.ts';
import { sendTree } from './send-tree.ts';
import type { Session } from './session.ts';

/** The client that opened a session. */
export async function peerOf(
  { sessions, builder }: Pick<BuildKitContext, 'sessions' | 'builder'>,
  id: string,
  signal: AbortSignal,
): Promise<Peer> {
  const session = await sessions.get(id, signal);
  return {
    ...buildClient(session),
    sharedKey: session.sharedKey,
    gone: session.gone,
    takesBlobs: takesBlobs(session),
    credentials: (domain, asking) => askCredentials(session, domain, asking),
    receiveDirectory: (selection, options) => receiveDirectory(builder, session, selection, options),
    readUpload: (url, reading) => pullUpload(session, url, reading),
    sendFile: (content, output, sending, about) => sendFile(session, content, output, sending, about),
    sendTree: (tree, output, sending) => sendTree(session, tree, output, sending),
    sendBlob: (store, blob, sending) => sendBlob(session, store, blob, sending),
    openStore: (store) => openStore(session, store),
  };
}

/** Of what was fetched before only changes are sent. */
async function receiveDirectory(
  builder: Builder,
  session: Session,
  selection: FileSelection,
  { lineage, signal, onTransfer }: ReceiveOptions,
) {
  await using files = new ClientFiles(session, selection, signal, (bytes) => onTransfer?.(bytes, false));
  const received = await builder.receiveFiles(
    files,
    `${session.sharedKey}\n${selection.directory}\n${lineage}`,
  );
  try {
    await files.finish();
  } catch (error) {
    received[Symbol.dispose]();
    throw error;
  }
  onTransfer?.(files.received, true);
  return received;
}
