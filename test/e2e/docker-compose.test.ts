import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs, startTestEngine, type TestEngine } from './harness.ts';

const compose = `
services:
  web:
    build: .
    ports: ["127.0.0.1::80"]
    volumes: ["data:/data"]
    healthcheck: {test: ["CMD", "wget", "-qO-", "http://127.0.0.1/"], interval: 1s, timeout: 2s, retries: 10}
    stop_signal: SIGKILL
  client:
    image: busybox
    depends_on: {web: {condition: service_healthy}}
    command: sh -c 'wget -qO- http://web/; sleep 1000'
    stop_grace_period: 0s
volumes: {data: {}}
`;

describe('the real docker compose', needs('root', 'docker', 'busybox'), () => {
  let engine: TestEngine;
  let directory = '';
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lade-compose-'));
    writeFileSync(join(directory, 'compose.yaml'), compose);
    writeFileSync(
      join(directory, 'Dockerfile'),
      'FROM busybox\nRUN mkdir /data && echo served >/data/index.html\nCMD httpd -f -h /data\n',
    );
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(async () => {
    await engine?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  test('brings an application up, looks at it, and takes it down', async (context) => {
    const run = (...args: string[]) =>
      engine.docker('compose', '-p', 'app', '-f', join(directory, 'compose.yaml'), ...args);
    if ((await engine.docker('compose', 'version')).status !== 0)
      return context.skip('docker compose is not installed');
    const up = await run('up', '-d');
    assert.equal(up.status, 0, up.stderr);
    const ps = await run('ps', '--format', '{{.Service}} {{.Status}}');
    assert.match(ps.stdout, /^client Up /m);
    assert.match(ps.stdout, /^web Up .* \(healthy\)$/m);
    assert.match((await run('logs', '--no-color', 'client')).stdout, /client-1 +\| served/);
    const executed = await run('exec', '-T', 'client', 'sh', '-c', 'wget -qO- http://web/; exit 5');
    assert.deepEqual([executed.status, executed.stdout], [5, 'served\n']);
    const again = await run('up', '-d');
    assert.match(again.stderr, /web-1 +Running/);
    const down = await run('down', '-v');
    assert.equal(down.status, 0, down.stderr);
    assert.equal((await engine.docker('ps', '-aq')).stdout, '');
    assert.equal((await engine.docker('volume', 'ls', '-q')).stdout, '');
    assert.doesNotMatch((await engine.docker('network', 'ls')).stdout, /app_default/);
  });
});
