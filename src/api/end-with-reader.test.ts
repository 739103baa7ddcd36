import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { endWithReader } from './end-with-reader.ts';

test('a client that ended its input reads on; one that is gone takes its connection along', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'reader-'));
  const server = createServer({ allowHalfOpen: true }).listen(join(directory, 's'));
  t.after(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  await once(server, 'listening');
  const open = async (): Promise<{ client: Socket; accepted: Socket }> => {
    const client = connect({ path: join(directory, 's'), allowHalfOpen: true });
    const [accepted] = (await once(server, 'connection')) as [Socket];
    endWithReader(accepted, 1);
    accepted.resume();
    return { client, accepted };
  };
  const reading = await open();
  const leaving = await open();
  reading.client.end();
  await once(reading.accepted, 'end');
  const closed = once(leaving.accepted, 'close');
  leaving.client.destroy();
  await closed; // the other one was looked at as often meanwhile
  reading.accepted.end('still here');
  assert.equal(await text(reading.client), 'still here');
});
