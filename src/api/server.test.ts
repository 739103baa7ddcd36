import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { notFound } from '../lib/errors.ts';
import { silentLogger } from '../lib/log.ts';
import type { LogBatch } from '../container/types.ts';
import type { Engine } from './engine.ts';
import { createApiServer } from './server.ts';

const directory = mkdtempSync(join(tmpdir(), 'api-server-'));
const socketPath = join(directory, 's');
const agent = new Agent({ keepAlive: true });
let server: Server;
/** Signals that handlers were given, for the tests of hanging up. */
const signals: AbortSignal[] = [];

/** A container that answers what it reads; everything else is not there. */
const containers = {
  get: (id: string) => {
    if (id !== 'echo') throw notFound(`No such container: ${id}`);
    return { id, name: 'echo', spec: { tty: true } };
  },
  attach: async (_id: string, { signal }: { signal: AbortSignal }) => {
    signals.push(signal);
    const pipe = new PassThrough();
    signal.addEventListener('abort', () => pipe.end());
    async function* output(): AsyncIterable<LogBatch> {
      for await (const data of pipe as AsyncIterable<Buffer>) yield [{ stream: 'stdout', time: '', data }];
      yield [{ stream: 'stdout', time: '', data: Buffer.from('<end>') }];
    }
    return { output: output(), stdin: pipe };
  },
  wait: (_id: string, _condition: string, signal: AbortSignal) => {
    signals.push(signal);
    const done = Promise.withResolvers<{ exitCode: number }>();
    signal.addEventListener('abort', () => done.reject(signal.reason));
    return { id: 'echo', done: done.promise };
  },
};

before(async () => {
  const engine = {
    facts: { version: '0.0.0', features: {} },
    containers,
    logger: silentLogger,
  } as unknown as Engine;
  server = createApiServer(engine);
  server.listen(socketPath);
  await once(server, 'listening');
});
after(() => {
  agent.destroy();
  server.close();
  server.closeAllConnections();
  rmSync(directory, { recursive: true });
});

async function call(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const sent = request({ socketPath, method, path, headers, agent });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const content = await text(response);
  return { status: response.statusCode, headers: response.headers, body: content };
}

const createWith = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  call('POST', '/v1.51/containers/create', body, headers);

test('tells who it is on every answer', async () => {
  const answer = await call('HEAD', '/_ping');
  assert.equal(answer.status, 200);
  assert.equal(answer.body, '');
  const { 'api-version': api, ostype, server: name, 'builder-version': builder } = answer.headers;
  assert.deepEqual(
    { api, ostype, name, builder },
    { api: '1.51', ostype: 'linux', name: 'Lading/0.0.0 (linux)', builder: '2' },
  );
  assert.equal((await call('GET', '/v1.24/_ping')).body, 'OK');
});

test("answers errors with Docker's status and message", async () => {
  const cases: [string, string, number, string][] = [
    ['GET', '/nothing', 404, 'page not found'],
    ['PATCH', '/_ping', 404, 'page not found'],
    ['GET', '/v1.99/_ping', 400, 'client version 1.99 is too new. Maximum supported API version is 1.51'],
    ['GET', '/containers/x/json', 404, 'No such container: x'],
    ['GET', '/containers/%2e%2e%2fx/json', 404, 'No such container: ../x'],
    ['POST', '/containers/echo/wait?condition=never', 400, 'invalid condition: "never"'],
    ['GET', '/containers/json?filters=x', 400, 'invalid filter'],
    ['GET', '/swarm', 503, 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.'],
    ['POST', '/session', 400, 'no upgrade proto in request'],
  ]; // prettier-ignore
  for (const [method, path, status, message] of cases) {
    const answer = await call(method, path);
    assert.deepEqual([answer.status, JSON.parse(answer.body)], [status, { message }], path);
  }
});

test('refuses bodies that are broken, too deep, too large or no JSON', async () => {
  const message = async (answer: ReturnType<typeof createWith>): Promise<string> => {
    const { status, body } = await answer;
    assert.equal(status, 400);
    return (JSON.parse(body) as { message: string }).message;
  };
  assert.match(await message(createWith('{"Image":')), /^invalid JSON: /);
  assert.match(await message(createWith('')), /got EOF while reading request body/);
  assert.match(await message(createWith('{"A":'.repeat(100))), /nested deeper than 64 levels/);
  assert.match(await message(createWith('["'.padEnd(100, '[') + '"]')), /want an object, got a list/);
  assert.match(await message(createWith(`{"Image":"${'x'.repeat(9 << 20)}"}`)), /request body is too large/);
  assert.match(
    await message(createWith('{}', { 'content-type': 'text/plain' })),
    /unsupported Content-Type header \(text\/plain\)/,
  );
  assert.match(
    await message(createWith('{"HostConfig":{"Privileged":"no"}}')),
    /HostConfig\.Privileged: want a boolean/,
  );
});

test('an upgrade that the client does not announce is refused', async () => {
  const answer = await call('POST', '/session', undefined, { upgrade: 'h2c' });
  assert.deepEqual(
    [answer.status, JSON.parse(answer.body)],
    [400, { message: 'an upgrade wants the header "Connection: Upgrade", too' }],
  );
});

test('answers bytes that are no HTTP and closes', async () => {
  const socket = connect(socketPath);
  socket.write('nonsense\r\n\r\n');
  assert.match(await text(socket), /^HTTP\/1\.1 400 Bad Request[^]*malformed HTTP request/);
});

test('an attached connection is a pipe, and closing one side ends only the input', async () => {
  const socket = connect({ path: socketPath, allowHalfOpen: true });
  socket.write(
    'POST /containers/echo/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly ',
  );
  setTimeout(() => socket.end('late'), 20);
  const answer = await text(socket);
  assert.match(
    answer,
    /^HTTP\/1\.1 101 UPGRADED\r\nContent-Type: application\/vnd\.docker\.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n/,
  );
  assert.ok(answer.endsWith('\r\n\r\nearly late<end>'), answer);
});

test('detach keys leave the container', async () => {
  const socket = connect({ path: socketPath, allowHalfOpen: true });
  socket.write(
    'POST /containers/echo/attach?stream=1&stdin=1&detachKeys=ctrl-a,b HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhi\x01b',
  );
  await text(socket);
  assert.equal(signals.at(-1)?.aborted, true);
});

test('an error on a connection to take over is an ordinary answer', async () => {
  const socket = connect(socketPath);
  socket.write(
    'POST /containers/x/attach HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
  );
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 404 Not Found\r\n/);
  assert.ok(answer.endsWith('{"message":"No such container: x"}\n'));
});

test('sends the head of a wait at once, and stops waiting when the client hangs up', async () => {
  const sent = request({ socketPath, method: 'POST', path: '/containers/echo/wait', agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  const signal = signals.at(-1);
  assert.equal(signal?.aborted, false);
  response.on('error', () => {});
  sent.destroy();
  await once(signal, 'abort');
});
