import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GrpcHandler, serveGrpc } from '../../lib/grpc/server.ts';
import { silentLogger } from '../../lib/log.ts';
import { Session } from './session.ts';
import { watchHealth } from './watch-health.ts';

const CHECK = '/grpc.health.v1.Health/Check';

/** A session whose client answers in some way when it is asked how it is; says whether it was let go of within a while. */
async function endsWith(handler: GrpcHandler, offers = CHECK): Promise<boolean> {
  const path = join(tmpdir(), `watch-health-${process.pid}.sock`);
  const server = createServer().listen(path);
  await once(server, 'listening');
  const client = connect(path);
  const [socket] = (await once(server, 'connection')) as [Socket];
  if (client.connecting) await once(client, 'connect');
  server.close();
  void serveGrpc(client, new Map([[CHECK, handler]]), silentLogger);
  using session = new Session(socket, {
    'x-docker-expose-session-uuid': 'id',
    'x-docker-expose-session-grpc-method': offers,
  });
  using _watch = watchHealth(session, 5, 40);
  return await Promise.race([session.closed.then(() => true), sleep(200).then(() => false)]);
}

test('a client that does not answer is let go of', async () => {
  assert.equal(await endsWith(() => new Promise(() => {})), true);
});

test('one that answers stays, also with an error', async () => {
  assert.equal(await endsWith(async ({ send }) => send(Buffer.alloc(0))), false);
  assert.equal(await endsWith(() => Promise.reject(new Error('busy'))), false);
});

test('one that can not be asked stays', async () => {
  assert.equal(await endsWith(() => new Promise(() => {}), '/some/Other'), false);
});
