import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { dockerArchive, layerOf } from './hostile-archives.ts';

describe('an engine that is killed in the middle of', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  const quiet = (work: Promise<unknown>): Promise<unknown> => work.catch(() => {});

  /** Kills the engine so many milliseconds after some work began, and starts it again. */
  async function killDuring(work: () => Promise<unknown>, after: number): Promise<void> {
    const done = quiet(work());
    await sleep(after);
    await engine.stop('SIGKILL');
    await done;
    await engine.start();
  }

  function upload(path: string, body: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-tar' };
      const sent = request({ socketPath: engine.socket, method: 'POST', path, headers, agent: false });
      sent.on('response', (answer) => answer.resume().once('close', resolve)).on('error', reject);
      sent.end(body);
    });
  }

  const spec = {
    Image: 'busybox',
    Cmd: ['sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'],
    Volumes: { '/anonymous': {} },
    HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '' }] }, Binds: ['named:/v'] },
  };
  const create = () => engine.request('POST', '/containers/create?name=victim', spec);
  const start = () => engine.request('POST', '/containers/victim/start');
  const status = async (): Promise<string> => {
    const { body } = await engine.request('GET', '/containers/victim/json');
    return (JSON.parse(body) as { State?: { Status: string } }).State?.Status ?? 'gone';
  };

  async function cleanAndCompare(): Promise<void> {
    await engine.request('DELETE', '/containers/victim?force=1&v=1');
    await engine.request('DELETE', '/volumes/named?force=1');
    const volumes = JSON.parse((await engine.request('GET', '/volumes')).body) as { Volumes: unknown[] };
    assert.deepEqual(volumes.Volumes, []);
    for (const directory of [
      [engine.dataRoot, 'containers'],
      [engine.dataRoot, 'snapshots'],
      [engine.dataRoot, 'content/ingest'],
      [engine.runRoot, 'c'],
      [engine.runRoot, 'exits'],
    ] as const)
      assert.deepEqual(readdirSync(join(...directory)), [], directory.join('/'));
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    const left = mounts.filter((line) => line.includes(engine.dataRoot) || line.includes(engine.runRoot));
    assert.deepEqual(left, []);
  }

  test('create and start: the container is there or not, runs or can be started', async () => {
    for (const after of [5, 15, 25, 30, 35, 40, 45, 50, 55, 60, 70, 90]) {
      await killDuring(() => create().then(start), after);
      const found = await status();
      assert.match(found, /^(gone|created|running)$/, `after ${after} ms`);
      if (found === 'created') assert.equal((await start()).status, 204);
      if (found !== 'gone') assert.equal(await status(), 'running');
      await cleanAndCompare();
    }
  });

  test('stop, kill, pause and removal: what was done holds, and can be done again', async () => {
    const verbs: [string, () => Promise<unknown>, RegExp][] = [
      ['stop', () => engine.request('POST', '/containers/victim/stop?t=1'), /running|exited/],
      ['kill', () => engine.request('POST', '/containers/victim/kill'), /running|exited/],
      ['pause', () => engine.request('POST', '/containers/victim/pause'), /running|paused/],
      ['restart', () => engine.request('POST', '/containers/victim/restart?t=0'), /running|exited|created/],
      ['remove', () => engine.request('DELETE', '/containers/victim?force=1&v=1'), /running|exited|gone/],
    ];
    for (const [name, verb, allowed] of verbs)
      for (const after of [2, 8, 20]) {
        await create().then(start);
        await killDuring(verb, after);
        assert.match(await status(), allowed, `${name} after ${after} ms`);
        await cleanAndCompare();
      }
  });

  test('exec and attach: the clients hear of it, the program goes on', async () => {
    await create().then(start);
    const made = await engine.request('POST', '/containers/victim/exec', { Cmd: ['sleep', '2'], AttachStdout: true });
    const { Id } = JSON.parse(made.body) as { Id: string };
    const ended = [`/exec/${Id}/start`, '/containers/victim/attach?stream=1&stdout=1'].map(hijack);
    await sleep(200);
    await engine.stop('SIGKILL');
    await Promise.all(ended);
    await engine.start();
    assert.equal(await status(), 'running');
    await cleanAndCompare();

    function hijack(path: string): Promise<void> {
      const socket = connect(engine.socket).resume();
      socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`);
      return new Promise((resolve) => void socket.on('error', () => {}).once('close', () => resolve()));
    }
  }); // prettier-ignore

  test('load and build: nothing is left, and the next try succeeds', async () => {
    const large = dockerArchive(layerOf(['file', Buffer.alloc(30 << 20, 'x')]));
    for (const after of [10, 40, 80]) {
      await killDuring(() => upload('/images/load', large), after);
      assert.doesNotMatch((await engine.request('GET', '/images/json')).body, /"bad:1"[^]*"bad:1"/);
    }
    await upload('/images/load', large);
    assert.match((await engine.request('GET', '/images/json')).body, /"bad:1"/);
    const context = layerOf(
      ['Dockerfile', 'FROM busybox\nRUN echo one >/one; sleep 0.2\nCOPY file /\nRUN sleep 0.2\n'],
      ['file', 'content'],
    );
    for (const after of [30, 120, 260, 400]) await killDuring(() => upload('/build?t=built', context), after);
    await upload('/build?t=built', context);
    assert.match((await engine.request('GET', '/images/json')).body, /"built:latest"/);
    await cleanAndCompare();
  });
});
