import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { mount, unmount } from '../../src/kernel/mount.ts';
import { exec } from '../../src/lib/exec.ts';
import { encodeHeader } from '../../src/lib/tar/encode.ts';
import { makeEntry, trailer } from '../../src/lib/tar/entry.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { dockerArchive } from './hostile-archives.ts';

const MANY = 3 * 2 ** 30;
const ROOM = '120m';

/** An archive with one file of so many zeros, compressed as far as gzip can, and the diffId of the plain one. */
async function bomb(size: number): Promise<{ packed: Buffer; diffId: string }> {
  const gzip = createGzip({ level: 9 });
  const packed: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => packed.push(chunk));
  const hash = createHash('sha256');
  const zeros = Buffer.alloc(16 << 20);
  const put = (chunk: Uint8Array): Promise<void> => {
    hash.update(chunk);
    return new Promise((resolve) => gzip.write(chunk, () => resolve()));
  };
  await put(encodeHeader(makeEntry({ name: 'zeros', size })));
  for (let at = 0; at < size; at += zeros.length) await put(zeros);
  await put(trailer);
  await new Promise((resolve) => gzip.once('end', resolve).end());
  return { packed: Buffer.concat(packed), diffId: `sha256:${hash.digest('hex')}` };
}

describe('archives that become much larger than they are', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  let large: Awaited<ReturnType<typeof bomb>>;
  const room = mkdtempSync(join(tmpdir(), 'lade-small-'));
  before(async () => {
    mount('tmpfs', room, 'tmpfs', 0, `size=${ROOM}`);
    [engine, large] = await Promise.all([startTestEngine([], { dataRoot: room }), bomb(MANY)]);
    assert.ok(large.packed.length < MANY / 900);
    await engine.load('busybox');
  });
  after(async () => {
    await engine?.[Symbol.asyncDispose]();
    unmount(room);
    rmSync(room, { recursive: true });
  });

  function post(path: string, body: Uint8Array): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-tar' };
      const sent = request({ socketPath: engine.socket, method: 'POST', path, headers, agent: false });
      sent.on('response', (answer) => void text(answer).then(resolve, reject));
      sent.on('error', reject).end(body);
    });
  }

  /** Names of what may be left over, and the engine's size in bytes at most. */
  const left = (): string[] =>
    ['layers', 'content/ingest', 'build/contexts'].flatMap((folder) => {
      const names = existsSync(join(room, folder)) ? readdirSync(join(room, folder)) : [];
      return names.filter((name) => /^tmp|part$/.test(name) || folder === 'build/contexts');
    });
  const peak = (): number =>
    Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1]) * 1024;

  const blows: readonly [string, () => Promise<string>][] = [
    ['a layer of an image', () => post('/images/load?quiet=1', dockerArchive(large.packed, { diffId: large.diffId }))],
    ['an image archive', () => post('/images/load?quiet=1', large.packed)],
    ['an import', () => post('/images/create?fromSrc=-&repo=bomb', large.packed)],
    ['a build context', () => post('/build?t=bomb', large.packed)],
  ]; // prettier-ignore
  for (const [what, blow] of blows)
    test(`${what}: one line that says that there is no room, and nothing is left`, async () => {
      const answer = await blow();
      assert.match(answer, /no space left|ENOSPC|no room/i);
      assert.doesNotMatch(answer.trim(), /\n.*\n/);
      assert.deepEqual(left(), []);
      assert.ok(peak() < 400 << 20, `${peak() >> 20} MiB`);
    });

  test('on a full disk things can still be recorded, told and removed, and the engine starts', async () => {
    for (let tries = 0; statSync(join(room, 'state.db-wal')).size < 4 << 20 && tries < 600; tries += 1)
      await sleep(50); // what the engine keeps for that
    const create = (): ReturnType<TestEngine['request']> =>
      engine.request('POST', '/containers/create?name=last', { Image: 'busybox', Cmd: ['true'] });
    assert.equal((await create()).status, 201);
    const filler = join(room, 'filler');
    await exec('sh', ['-c', 'cat /dev/zero >"$0" 2>/dev/null || true', filler]);
    for (const restart of [false, true]) {
      if (restart) {
        await engine.stop('SIGKILL');
        await engine.start();
      }
      const refused = await engine.request('POST', '/containers/create', { Image: 'busybox', Cmd: ['true'] });
      assert.match(refused.body, new RegExp(`no space left on device \\(left: 0 MB in ${room}.*make room`));
      assert.equal((await engine.request('GET', '/system/df')).status, 200);
      assert.equal((await engine.request('POST', '/images/busybox/tag?repo=other')).status, 201);
    }
    assert.equal((await engine.request('DELETE', '/containers/last')).status, 204);
    assert.equal((await engine.request('POST', '/build/prune?all=1')).status, 200);
    rmSync(filler);
  });

  test('the engine works on', async () => {
    const created = await engine.request('POST', '/containers/create', { Image: 'busybox', Cmd: ['true'] });
    assert.equal(created.status, 201, created.body);
    const { Id } = JSON.parse(created.body) as { Id: string };
    assert.equal((await engine.request('POST', `/containers/${Id}/start`)).status, 204);
    assert.match((await engine.request('POST', `/containers/${Id}/wait`)).body, /"StatusCode":0/);
  });
});
