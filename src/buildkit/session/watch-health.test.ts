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

/** Watches a session whose client answers in some way when it is asked how it is, until it has ended or `enough` is done. */
async function endsWith(
  handler: GrpcHandler,
  { offers = CHECK, patience = 60_000, enough = new Promise<void>(() => {}) },
): Promise<boolean> {
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
  using _watch = watchHealth(session, 5, patience);
  return await Promise.race([session.closed.then(() => true), enough.then(() => false)]);
}

test('a client that does not answer is let go of', async () => {
  assert.equal(await endsWith(() => new Promise(() => {}), { patience: 40 }), true);
});

test('one that answers stays, also with an error', async () => {
  const answers: GrpcHandler[] = [
    async ({ send }) => send(Buffer.alloc(0)),
    () => Promise.reject(new Error('busy')),
  ];
  for (const answer of answers) {
    const asked = Promise.withResolvers<void>();
    let times = 0;
    const handler: GrpcHandler = (call) => {
      if ((times += 1) === 5) asked.resolve(); // an answer was taken for one four times
      return answer(call);
    };
    assert.equal(await endsWith(handler, { enough: asked.promise }), false);
  }
});

test('one that can not be asked stays', async () => {
  const never = (): Promise<void> => new Promise(() => {});
  assert.equal(await endsWith(never, { offers: '/some/Other', patience: 40, enough: sleep(200) }), false);
});
