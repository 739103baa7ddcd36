import { finished } from 'node:stream/promises';
import { openConnection } from '../../client/connect.ts';
import { ConnectionError } from '../../client/transport.ts';
import { hasCode } from '../../lib/errors.ts';
import { defineCommand } from '../command.ts';

/** What `ssh://` hosts run on the engine's machine. */
export const command = defineCommand({
  summary: 'Proxy the stdio stream to the engine. Should not be invoked manually.',
  usage: '',
  flags: {},
  async run(context) {
    const { host } = context.client.transport;
    const connection = await openConnection(host).catch((error: unknown) => {
      throw new ConnectionError(host, error);
    });
    context.in.on('error', () => connection.end()).pipe(connection);
    connection.pipe(context.out, { end: false });
    await finished(connection, { writable: false }).catch((error: unknown) => {
      if (!hasCode(error, 'ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
    });
    await new Promise<void>((resolve) => context.out.write('', () => resolve()));
  },
});
