import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { needs, startTestEngine, type TestEngine } from '../e2e/harness.ts';

const PATIENCE = 10_000;
const opcodes = { binary: 2, close: 8, ping: 9, pong: 10 };

describe('attaching by WebSocket', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  const run = async (name: string, spec: object): Promise<void> => {
    await engine.request('POST', `/containers/create?name=${name}`, { Image: 'busybox', ...spec });
    assert.equal((await engine.request('POST', `/containers/${name}/start`)).status, 204);
  };

  test('what is typed comes back, pings are answered, a close is a close', async () => {
    await run('echo', { Cmd: ['sh', '-c', 'echo first; cat; echo wrong >&2'], OpenStdin: true });
    await using client = await open(
      engine.socket,
      '/containers/echo/attach/ws?stream=1&logs=1&stdin=1&stdout=1&stderr=1',
    );
    await client.until('first\n');
    client.send(opcodes.binary, Buffer.from('hel'));
    client.send(opcodes.ping, Buffer.from('are you there'));
    client.send(opcodes.binary, Buffer.from('lo\n'));
    await client.until('hello\n');
    assert.deepEqual(client.pongs, ['are you there']);
    client.send(opcodes.close, Buffer.from([0x03, 0xe8]));
    await client.closed;
    assert.equal(client.closeCode, 1000);
    assert.match((await engine.request('GET', '/containers/echo/json')).body, /"Running":true/);
  });

  test('the end of the container closes, and a large output comes whole', async () => {
    await run('large', { Cmd: ['sh', '-c', 'read x; seq 1 60000'], OpenStdin: true });
    await using client = await open(engine.socket, '/containers/large/attach/ws?stream=1&stdin=1&stdout=1');
    client.send(opcodes.binary, Buffer.from('\n'));
    await client.closed;
    const wanted = Array.from({ length: 60_000 }, (_, at) => `${at + 1}\n`).join('');
    assert.equal(client.received, wanted);
    assert.equal(client.closeCode, 1000);
  });

  test('a frame that breaks the protocol ends the connection alone', async () => {
    await run('robust', { Cmd: ['cat'], OpenStdin: true });
    await using client = await open(engine.socket, '/containers/robust/attach/ws?stream=1&stdin=1&stdout=1');
    client.socket.write(Buffer.from([0x82, 0x01, 0x41]));
    await client.closed;
    assert.equal(client.closeCode, 1002);
    assert.match((await engine.request('GET', '/containers/robust/json')).body, /"Running":true/);
  });
});

/** The client's side of the protocol, as far as these tests need it. */
class Client implements AsyncDisposable {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  readonly pongs: string[] = [];
  received = '';
  closeCode = 0;
  private held = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = once(socket, 'close', { signal: AbortSignal.timeout(PATIENCE) });
    socket.on('data', (chunk: Buffer) => this.take(chunk)).on('error', () => {});
  }

  send(opcode: number, payload: Buffer): void {
    const mask = Buffer.from([7, 11, 13, 17]);
    const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
    this.socket.write(Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, masked]));
  }

  async until(text: string): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE);
    while (!this.received.includes(text)) await once(this.socket, 'data', { signal });
  }

  take(chunk: Buffer): void {
    this.held = Buffer.concat([this.held, chunk]);
    for (let frame = this.next(); frame; frame = this.next()) {
      if (frame.opcode === opcodes.binary) this.received += frame.payload.toString('latin1');
      if (frame.opcode === opcodes.pong) this.pongs.push(frame.payload.toString());
      if (frame.opcode === opcodes.close) this.closeCode = frame.payload.readUInt16BE(0);
    }
  }

  private next(): { opcode: number; payload: Buffer } | undefined {
    const { held } = this;
    if (held.length < 2) return undefined;
    const short = (held[1] ?? 0) & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (held.length < start) return undefined;
    const length = start === 2 ? short : start === 4 ? held.readUInt16BE(2) : Number(held.readBigUInt64BE(2));
    if (held.length < start + length) return undefined;
    this.held = held.subarray(start + length);
    return { opcode: (held[0] ?? 0) & 0xf, payload: held.subarray(start, start + length) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed.catch(() => {});
  }
}

async function open(path: string, target: string): Promise<Client> {
  const socket = connect(path);
  socket.write(
    `GET ${target} HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  let head = Buffer.alloc(0);
  while (!head.includes('\r\n\r\n')) {
    const [chunk] = (await once(socket, 'data', { signal: AbortSignal.timeout(PATIENCE) })) as [Buffer];
    head = Buffer.concat([head, chunk]);
  }
  const end = head.indexOf('\r\n\r\n') + 4;
  assert.match(head.subarray(0, end).toString(), /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  assert.match(head.subarray(0, end).toString(), /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
  const client = new Client(socket);
  client.take(head.subarray(end));
  return client;
}
