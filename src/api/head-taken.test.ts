import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { headTaken } from './head-taken.ts';

test('waits until the other side has read what was written', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'head-'));
  const server = createServer({ pauseOnConnect: true }).listen(join(directory, 's'));
  t.after(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  await once(server, 'listening');
  const client = connect({ path: join(directory, 's') });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  client.write('head');
  let taken = false;
  const waiting = headTaken(client).then(() => (taken = true));
  await sleep(50);
  assert.equal(taken, false);
  accepted.resume();
  await waiting;
  client.destroy();
  accepted.destroy();
});
