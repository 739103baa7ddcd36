import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClient } from './client.ts';

test('an engine that ends in the middle of a request is named', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lading-transport-'));
  const path = join(folder, 'engine.sock');
  const server = createServer((socket) => void socket.once('data', () => socket.destroy()));
  t.after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  await once(server.listen(path), 'listening');
  const client = createClient({ host: `unix://${path}` });
  await assert.rejects(client.containers.list(), { message: `The engine at unix://${path} went away` });
});
