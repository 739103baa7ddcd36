import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { Client } from '../../client/client.ts';
import { loadProject } from '../load/load-project.ts';
import { label } from '../plan/labels.ts';
import { openWatch } from './watch-project.ts';

test('a command that goes on in a container does not keep a watch that is ended', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'lade-watch-')));
  try {
    mkdirSync(join(root, 'src'));
    const watch = [
      { action: 'sync+exec', path: './src', target: '/src', exec: { command: ['sleep', 'inf'] } },
    ];
    const services = { app: { image: 'busybox', develop: { watch } } };
    writeFileSync(join(root, 'compose.yaml'), JSON.stringify({ name: 'demo', services }));
    const project = loadProject({ files: [], cwd: root, env: {} });
    const { promise: running, resolve } = Promise.withResolvers<PassThrough>();
    const container = {
      Id: 'x',
      Names: ['/demo-app-1'],
      State: 'running',
      Labels: { [label.project]: 'demo', [label.service]: 'app', [label.number]: '1' },
    };
    const containers = {
      list: async () => [container],
      writeArchive: async (_id: string, _path: string, tar: AsyncIterable<Uint8Array>) => {
        for await (const _chunk of tar);
      },
      execCreate: async () => ({ Id: 'e' }),
      execStart: async () => {
        const socket = new PassThrough();
        resolve(socket);
        return { socket, multiplexed: true };
      },
    };
    const warned: string[] = [];
    const watching = openWatch({ containers } as unknown as Client, project, {
      say() {},
      warn: (line: string) => void warned.push(line),
      onOutput() {},
    } as unknown as Parameters<typeof openWatch>[2]);
    await watching.begin();
    writeFileSync(join(root, 'src/file'), 'x');
    const socket = await running;
    watching.stop();
    await watching.done;
    assert.ok(socket.destroyed);
    assert.deepEqual(warned, []);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
