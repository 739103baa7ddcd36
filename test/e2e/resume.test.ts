import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readdirSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { dockerArchive, layerOf } from './hostile-archives.ts';
import { startTestRegistry, type TestRegistry } from './registry.ts';

const SIZE = 24_000_000;
const CHUNK = 64 << 10;

/** A slow way to a registry that can be cut and counts what goes through it. */
class SlowFront {
  readonly server: Server;
  private readonly target: string;
  /** First bytes of the answers with the layer that were asked for. */
  readonly starts: number[] = [];
  /** Bytes of the layer that were sent. */
  sent = 0;
  isDown = false;

  constructor(target: string) {
    this.target = target;
    this.server = createServer((incoming, response) => void this.pass(incoming, response)).listen(0, '127.0.0.1');
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.server.closeAllConnections();
  }

  private async pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.isDown) return void response.destroy();
    const { method, url = '', headers } = incoming;
    const onward = request(`http://${this.target}${url}`, { method, headers });
    onward.end();
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    const isLayer = method === 'GET' && url.includes('/blobs/') && Number(answer.headers['content-length']) > 100_000;
    if (isLayer) this.starts.push(Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0));
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length && !response.destroyed; at += CHUNK) {
        const piece = chunk.subarray(at, at + CHUNK);
        response.write(piece);
        if (isLayer) this.sent += piece.length;
        if (isLayer) await sleep(5);
      }
      if (response.destroyed) break;
    }
    response.end();
  }
} // prettier-ignore

describe(
  'a pull that is interrupted again and again downloads nothing twice',
  needs('root', 'busybox'),
  () => {
    let engine: TestEngine;
    let registry: TestRegistry;
    let front: SlowFront;
    before(async () => {
      [engine, registry] = await Promise.all([startTestEngine(), startTestRegistry()]);
      front = new SlowFront(registry.host);
      await once(front.server, 'listening');
      const archive = dockerArchive(layerOf(['big', randomBytes(SIZE)]), {
        names: [`${registry.host}/big:1`],
      });
      assert.match(await post('/images/load?quiet=1', archive), /Loaded image/);
      assert.match(await post(`/images/${registry.host}/big/push?tag=1`), /digest: sha256/);
      await engine.request('DELETE', `/images/${registry.host}/big:1`);
      assert.deepEqual(readdirSync(join(engine.dataRoot, 'content/sha256')), []);
    });
    after(async () => {
      front?.server.close();
      front?.cut();
      await engine?.[Symbol.asyncDispose]();
      await registry?.[Symbol.asyncDispose]();
    });

    function post(path: string, body?: Uint8Array): Promise<string> {
      return new Promise((resolve, reject) => {
        const headers = { 'x-registry-auth': Buffer.from('{}').toString('base64') };
        const sent = request({ socketPath: engine.socket, method: 'POST', path, headers, agent: false });
        sent.on('response', (answer) => void text(answer).then(resolve, reject)).on('error', reject);
        sent.end(body);
      });
    }

    /** Bytes that are on disk of the layer; a smaller file beside it may be gone between two looks. */
    function partSize(): number {
      const directory = join(engine.dataRoot, 'content/ingest');
      const parts = readdirSync(directory).filter((it) => it.endsWith('.part'));
      return Math.max(
        0,
        ...parts.map((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0),
      );
    }

    async function until(isSo: () => boolean): Promise<void> {
      for (const deadline = Date.now() + 60_000; !isSo(); await sleep(5))
        assert.ok(Date.now() < deadline, 'it took too long');
    }

    const pullPath = (): string => `/images/create?fromImage=${front.host}/big&tag=1`;

    test('the client hangs up, the engine is killed, connections break, the registry is down', async () => {
    const { starts } = front;
    const ends: number[] = []; // where each attempt ended on disk
    // two clients at once, who both hang up
    const clients = [0, 1].map(() => {
      const sent = request({ socketPath: engine.socket, method: 'POST', path: pullPath(), agent: false });
      sent.on('error', () => {}).on('response', (answer) => answer.on('error', () => {}).resume());
      sent.end();
      return sent;
    });
    await until(() => partSize() > 2_000_000);
    for (const client of clients) client.destroy();
    let last = -1;
    while (last !== partSize()) {
      last = partSize();
      await sleep(300);
    }
    ends.push(last);

    const killed = post(pullPath()).catch(() => {});
    await until(() => partSize() > ends[0]! + 2_000_000);
    await engine.stop('SIGKILL');
    await killed;
    ends.push(partSize());
    await engine.start();

    const pulled = post(pullPath());
    await until(() => partSize() > ends[1]! + 2_000_000);
    front.cut();
    await until(() => starts.length === 4 && partSize() > starts[3]! + 2_000_000);
    front.isDown = true;
    front.cut();
    await sleep(700);
    front.isDown = false;
    assert.match(await pulled, /Downloaded newer image/);

    // each attempt began where the one before had ended, to the byte
    assert.equal(starts.length, 5, starts.join());
    assert.deepEqual(starts.slice(0, 3), [0, ...ends]);
    assert.ok(starts.every((start, index) => index === 0 || start > starts[index - 1]!), starts.join());
    // what was on its way when a connection ended is all that came to nothing
    assert.ok(front.sent < SIZE + 4 * 1_500_000, String(front.sent));
  }); // prettier-ignore

    test('what is whole is not asked for again', async () => {
      const { length } = front.starts;
      assert.match(await post(pullPath()), /Image is up to date/);
      assert.equal(front.starts.length, length);
    });
  },
);
