import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { createServer, connect as connectTo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { conflict, EngineError, invalid, notFound } from '../errors.ts';
import { silentLogger } from '../log.ts';
import { GrpcClient } from './client.ts';
import { frame, LARGEST_MESSAGE, readFrames } from './frame.ts';
import { type GrpcCall, type GrpcHandler, serveGrpc } from './server.ts';
import { GrpcError, GrpcStatus, statusOf } from './status.ts';

async function* pieces(...parts: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* parts;
}

const text = (messages: readonly Buffer[]): string[] => messages.map(String);

describe('frames', () => {
  const two = Buffer.concat([frame(Buffer.from('first')), frame(Buffer.from('')), frame(Buffer.from('x'))]);

  test('are found wherever the bytes are cut', async () => {
    for (let size = 1; size <= two.length; size += 1) {
      const cut = Array.from({ length: Math.ceil(two.length / size) }, (_, at) =>
        two.subarray(at * size, (at + 1) * size),
      );
      assert.deepEqual(text(await Array.fromAsync(readFrames(pieces(...cut)))), ['first', '', 'x']);
    }
  });

  for (const [what, bytes, code] of [
    ['a stream that ends within a head', Buffer.from([0, 0, 0]), GrpcStatus.internal],
    ['a stream that ends within a message', Buffer.from([0, 0, 0, 0, 9, 1]), GrpcStatus.internal],
    ['a compressed message', Buffer.from([1, 0, 0, 0, 1, 1]), GrpcStatus.unimplemented],
    ['a message of 4 GiB', Buffer.from([0, 255, 255, 255, 255]), GrpcStatus.resourceExhausted],
  ] as const)
    test(`refuse ${what}`, async () => {
      const read = Array.fromAsync(readFrames(pieces(bytes)));
      await assert.rejects(read, (error) => error instanceof GrpcError && error.code === code);
    });
});

test('errors of the engine become statuses', () => {
  for (const [error, code, message] of [
    [invalid('a'), GrpcStatus.invalidArgument, 'a'],
    [notFound('b'), GrpcStatus.notFound, 'b'],
    [conflict('c'), GrpcStatus.failedPrecondition, 'c'],
    [new EngineError('not-implemented', 'd'), GrpcStatus.unknown, 'd'],
    [AbortSignal.abort().reason, GrpcStatus.canceled, 'context canceled'],
    [new GrpcError(GrpcStatus.unavailable, 'e'), GrpcStatus.unavailable, 'e'],
    ['f', GrpcStatus.unknown, 'f'],
  ] as const)
    assert.deepEqual(statusOf(error), { code, message });
});

let pairs = 0;

/** Both ends of a connection. */
async function connection(): Promise<[Socket, Socket]> {
  const path = join(tmpdir(), `grpc-test-${process.pid}-${(pairs += 1)}.sock`);
  const server = createServer({ allowHalfOpen: true }).listen(path); // as servers of HTTP are
  await once(server, 'listening');
  const mine = connectTo(path);
  const [theirs] = (await once(server, 'connection')) as [Socket];
  server.close();
  return [mine, theirs];
}

interface Served extends Disposable {
  readonly client: GrpcClient;
  readonly socket: Socket;
  readonly served: Promise<void>;
}

/** A server with one method, `/t/m`, and a connection to it. */
async function serve(handler: GrpcHandler): Promise<Served> {
  const [mine, theirs] = await connection();
  const served = serveGrpc(theirs, new Map([['/t/m', handler]]), silentLogger);
  const client = new GrpcClient(mine);
  return { client, socket: mine, served, [Symbol.dispose]: () => client[Symbol.dispose]() };
}

const echo: GrpcHandler = async ({ messages, send }) => {
  for await (const message of messages) await send(message);
};

const codeOf = (code: number) => (error: unknown) => error instanceof GrpcError && error.code === code;

describe('calls', () => {
  test('one message each way', async () => {
    using given = await serve(echo);
    assert.equal(String(await given.client.call('/t/m', Buffer.from('hello'))), 'hello');
  });

  test('many at the same time on one connection', async () => {
    using given = await serve(echo);
    const asked = Array.from({ length: 300 }, (_, number) => String(number));
    const answers = await Promise.all(asked.map((each) => given.client.call('/t/m', Buffer.from(each))));
    assert.deepEqual(answers.map(String), asked);
  });

  test('a great many messages arrive, in order', async () => {
    using given = await serve(async ({ send }) => {
      for (let number = 0; number < 2000; number += 1) await send(Buffer.from(String(number)));
    });
    const stream = given.client.open('/t/m');
    stream.end();
    const batches = await Array.fromAsync(stream.batches);
    const numbers = Array.from({ length: 2000 }, (_, number) => String(number));
    assert.deepEqual(batches.flat().map(String), numbers);
  });

  test('metadata comes as headers', async () => {
    using given = await serve(async ({ metadata, send }) => send(Buffer.from(String(metadata['x-id']))));
    assert.equal(String(await given.client.call('/t/m', Buffer.from(''), { 'x-id': '7' })), '7');
  });

  test('an unknown method is told', async () => {
    using given = await serve(echo);
    await assert.rejects(given.client.call('/t/other', Buffer.from('')), codeOf(GrpcStatus.unimplemented));
  });

  test('the text of an error arrives whole, whatever is in it', async () => {
    for (const message of ['50% of\n"ü" 日本', 'lone \ud800 surrogate']) {
      using given = await serve(() => Promise.reject(notFound(message)));
      await assert.rejects(given.client.call('/t/m', Buffer.from('')), {
        code: GrpcStatus.notFound,
        message: message.toWellFormed(),
      });
    }
  });

  test('an error with details arrives, one with too many arrives without', async () => {
    for (const size of [40 << 10, 3 << 20]) {
      using given = await serve(() => Promise.reject(new GrpcError(9, 'big', Buffer.alloc(size))));
      await assert.rejects(given.client.call('/t/m', Buffer.from('')), { code: 9, message: 'big' });
    }
  });

  test('a call that is refused while the caller still sends tells why', async () => {
    using given = await serve(() => Promise.reject(invalid('no more')));
    const stream = given.client.open('/t/m');
    for (let count = 0; count < 20; count += 1) {
      await stream.send(Buffer.alloc(1 << 20));
      await sleep(1);
    }
    await assert.rejects(Array.fromAsync(stream.messages), { message: 'no more' });
  });

  test('a message that is too large is refused, the connection goes on', async () => {
    using given = await serve(echo);
    const large = given.client.call('/t/m', Buffer.alloc(LARGEST_MESSAGE + 1));
    await assert.rejects(large, codeOf(GrpcStatus.resourceExhausted));
    assert.equal(String(await given.client.call('/t/m', Buffer.from('on'))), 'on');
  });
});

describe('cancellation', () => {
  test('the handler learns that its caller cancelled', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    using given = await serve(({ signal }: GrpcCall) => {
      signal.addEventListener('abort', () => resolve());
      return new Promise(() => {});
    });
    const stream = given.client.open('/t/m');
    await stream.send(Buffer.from('go'));
    await sleep(10);
    stream.cancel();
    await promise;
    await assert.rejects(Array.fromAsync(stream.messages));
  });

  test('a connection that breaks aborts all its calls and ends the server', async () => {
    const aborted: string[] = [];
    const given = await serve(async ({ signal, metadata }) => {
      await once(signal, 'abort');
      aborted.push(String(metadata['x-id']));
    });
    for (const id of ['a', 'b']) void given.client.open('/t/m', { 'x-id': id });
    await sleep(10);
    given.socket.destroy();
    await given.served;
    await sleep(10);
    assert.deepEqual(aborted.toSorted(), ['a', 'b']);
  });

  test('the signal of a caller ends its call', async () => {
    using given = await serve(({ signal }) => once(signal, 'abort').then(() => {}));
    const stop = new AbortController();
    const call = given.client.call('/t/m', Buffer.from(''), {}, stop.signal);
    setTimeout(() => stop.abort(), 10);
    await assert.rejects(call, { name: 'AbortError' });
  });
});

test('a server waits for a reader that is slow, and leaves no listeners behind', async () => {
  let sent = 0;
  let most = 0;
  using given = await serve(async ({ send }) => {
    for (; sent < 64; sent += 1) await send(Buffer.alloc(256 << 10));
  });
  const warnings: Error[] = [];
  const warned = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warned);
  const stream = given.client.open('/t/m');
  stream.end();
  await sleep(100);
  const ahead = sent;
  for await (const message of stream.messages) most = Math.max(most, message.length);
  process.off('warning', warned);
  assert.ok(ahead < 40, `${ahead} of 64 messages were sent to nobody`);
  assert.equal(most, 256 << 10);
  assert.deepEqual(warnings, []);
});

describe('hostile connections', () => {
  async function raw(socketOf: (socket: Socket) => void): Promise<void> {
    const [mine, theirs] = await connection();
    const served = serveGrpc(theirs, new Map([['/t/m', echo]]), silentLogger);
    mine.on('error', () => {}).resume();
    socketOf(mine);
    await served;
  }

  test('garbage ends the connection and nothing else', () =>
    raw((socket) => socket.end(Buffer.from('GET / HTTP/1.1\r\n\r\n'))));

  test('a preface and then random bytes', () =>
    raw((socket) => {
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.end(Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256)));
    }));

  test('garbage that came before the server was there', async () => {
    for (const pieces of [
      ['GET / HTTP/1.1\r\n\r\n', 'more'],
      ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'xxxxxxxxxxxxxxxxxxxx', 'more'],
    ]) {
      const [mine, theirs] = await connection();
      mine.on('error', () => {}).resume();
      for (const piece of pieces.toReversed()) theirs.unshift(Buffer.from(piece));
      await serveGrpc(theirs, new Map(), silentLogger);
    }
  });

  test('a client that is let go before it is connected', async () => {
    const [theirs, mine] = await connection();
    mine.unshift(Buffer.from('xxxxxxxxxxxxxxxxxxxx'));
    const client = new GrpcClient(mine);
    await Promise.resolve();
    client[Symbol.dispose]();
    await client.closed;
    theirs.destroy();
  });

  test('pings and settings without an end are cut off', () =>
    raw((socket) => {
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
      const ping = Buffer.concat([Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0]), Buffer.alloc(8)]);
      const settings = Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0]);
      socket.pause(); // the answers pile up
      for (let count = 0; count < 20_000 && !socket.destroyed; count += 1) {
        socket.write(ping);
        socket.write(settings);
      }
      socket.resume().end();
    }));

  test('streams that are opened and reset at once', async () => {
    const [mine, theirs] = await connection();
    const served = serveGrpc(theirs, new Map([['/t/m', echo]]), silentLogger);
    const session: ClientHttp2Session = connect('http://x', { createConnection: () => mine });
    session.on('error', () => {});
    for (let count = 0; count < 2000 && !session.destroyed; count += 1) {
      const stream: ClientHttp2Stream = session.request({ ':method': 'POST', ':path': '/t/m' });
      stream.on('error', () => {});
      stream.close(8);
      if (count % 100 === 0) await sleep(0);
    }
    session.destroy();
    await served;
  });

  test('a call without a content and a wrong verb are answered', async () => {
    const [mine, theirs] = await connection();
    void serveGrpc(theirs, new Map([['/t/m', echo]]), silentLogger);
    const session = connect('http://x', { createConnection: () => mine });
    const stream = session.request({ ':method': 'GET', ':path': '/t/m' });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    assert.equal(headers[':status'], 200);
    await buffer(stream);
    session.destroy();
  });
});
