import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { mediaTypes } from '../../oci/descriptor.ts';
import { digestOf } from '../../oci/digest.ts';
import { type Reference, parseReference } from '../../oci/reference.ts';
import { pass, startFront } from '../testing/front.ts';
import { startRegistry, type TestRegistry } from '../testing/start-registry.ts';
import { openRegistry } from './registry.ts';
import type { Registry, Repository, UploadSource } from './types.ts';

let server: TestRegistry;
const client: Registry = openRegistry();
before(async () => (server = await startRegistry()));
after(async () => {
  client.close();
  await server?.[Symbol.asyncDispose]();
});

const at = (host: string, name: string): Reference => parseReference(`${host}/${name}`);
const pulling = (host: string, name: string): Repository =>
  client.repository(at(host, name), { actions: 'pull' });
const pushing = (host: string, name: string): Repository =>
  client.repository(at(host, name), { actions: 'push' });

function source(content: Buffer): UploadSource {
  return {
    digest: digestOf(content),
    size: content.length,
    async *open(offset) {
      for (let from = offset; from < content.length; from += 65_536)
        yield content.subarray(from, from + 65_536);
    },
  };
}

/** Pushes an image of one layer of random bytes. */
async function pushImage(
  host: string,
  name: string,
  size = 1000,
): Promise<{ layer: Buffer; content: Buffer }> {
  const repository = pushing(host, name);
  const layer = randomBytes(size);
  const config = Buffer.from('{}');
  await repository.upload(source(layer));
  await repository.upload(source(config));
  const content = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: mediaTypes.ociLayerGzip, digest: digestOf(layer), size: layer.length }],
    }),
  );
  const digest = await repository.putManifest(repository.reference.tag ?? 'latest', {
    mediaType: mediaTypes.ociManifest,
    content,
  });
  assert.equal(digest, digestOf(content));
  return { layer, content };
}

const collected = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(stream));

test('what is pushed can be resolved, listed and pulled', async () => {
  const { layer, content } = await pushImage(server.host, 'a/b:one');
  const repository = pulling(server.host, 'a/b:one');
  assert.deepEqual(await repository.resolve('one'), {
    mediaType: mediaTypes.ociManifest,
    digest: digestOf(content),
    size: content.length,
  });
  assert.deepEqual((await repository.manifest(digestOf(content))).content, content);
  assert.deepEqual(await repository.tags(), ['one']);
  const blob = { digest: digestOf(layer), size: layer.length };
  assert.deepEqual(await collected(repository.blob(blob, 0)), layer);
  assert.deepEqual(await collected(repository.blob(blob, 900)), layer.subarray(900));
});

test('a large blob goes up in a session, a known one is not sent again, a sibling is mounted', async () => {
  const big = randomBytes(17 << 20);
  const sent: number[] = [];
  const up = await pushing(server.host, 'big/one').upload(source(big), {
    onBytes: (bytes) => sent.push(bytes),
  });
  assert.deepEqual(up, { done: 'uploaded' });
  assert.equal(sent.at(-1), big.length);
  assert.deepEqual(await pushing(server.host, 'big/one').upload(source(big)), { done: 'exists' });
  const mounted = await pushing(server.host, 'big/two').upload(source(big), {
    mountFrom: ['nowhere', 'big/one'],
  });
  assert.deepEqual(mounted, { done: 'mounted', from: 'big/one' });
});

test('where a sibling can not be mounted, the blob is sent', async () => {
  const content = Buffer.from('not to be mounted');
  const blob = source(content);
  await pushing(server.host, 'refuses/from').upload(blob);
  for (const status of [202, 400, 401, 403, 404, 405]) {
    await using front = await startFront(server.host, (request, response) => {
      if (!request.url?.includes('mount=')) return false;
      response.writeHead(status, { location: '/nowhere' }).end();
      return true;
    });
    const repository = pushing(front.host, `refuses/to-${status}`);
    assert.deepEqual(await repository.upload(blob, { mountFrom: ['refuses/from'] }), { done: 'uploaded' });
    assert.equal(await repository.hasBlob(blob.digest), true);
  }
});

test('an unknown tag and an unknown repository get the texts of Docker', async () => {
  await pushImage(server.host, 'known:yes');
  for (const name of ['known:no', 'unknown:no']) {
    const repository = pulling(server.host, name);
    for (const ask of [() => repository.resolve('no'), () => repository.manifest('no')]) {
      await assert.rejects(ask, {
        kind: 'not-found',
        message: `manifest for ${server.host}/${name} not found: manifest unknown: manifest unknown`,
      });
    }
  }
});

test('a port where nobody listens is told in one line', async () => {
  const front = await startFront('', () => true);
  await front[Symbol.asyncDispose]();
  await assert.rejects(pulling(front.host, 'x').resolve('latest'), {
    kind: 'unavailable',
    message: `Get "http://${front.host}/v2/": dial tcp ${front.host}: connect: connection refused`,
  });
});

test('a connection that breaks in a blob is taken up at its byte', async () => {
  const { layer } = await pushImage(server.host, 'broken:1', 300_000);
  let cuts = 0;
  await using front = await startFront(server.host, (request, response) => {
    if (!request.url?.includes('/blobs/') || cuts >= 2) return false;
    cuts += 1;
    pass(server.host, request, response, 100_000);
    return true;
  });
  const blob = { digest: digestOf(layer), size: layer.length };
  assert.deepEqual(await collected(pulling(front.host, 'broken').blob(blob, 0)), layer);
  const asked = front.seen.filter(({ line }) => line.includes('/blobs/'));
  const starts = asked.map(({ headers }) => Number(/^bytes=(\d+)-$/.exec(headers.range ?? 'bytes=0-')?.[1]));
  assert.equal(starts.length, 3);
  assert.ok(
    starts.every((start, index) => start > (starts[index - 1] ?? -1)),
    starts.join(),
  );
});

test('a server that ignores ranges does not spoil a resumed download', async () => {
  const { layer } = await pushImage(server.host, 'norange:1', 200_000);
  await using front = await startFront(server.host, (request) => {
    delete request.headers.range;
    return false;
  });
  const blob = { digest: digestOf(layer), size: layer.length };
  assert.deepEqual(
    await collected(pulling(front.host, 'norange').blob(blob, 70_000)),
    layer.subarray(70_000),
  );
});

test('wrong answers to ranges do not spoil a resumed download either', async () => {
  const { layer } = await pushImage(server.host, 'badrange:1', 200_000);
  const blob = { digest: digestOf(layer), size: layer.length };
  const answers: readonly [from: number, named: string | undefined, status: number][] = [
    [0, `bytes 0-${layer.length - 1}/${layer.length}`, 206], // from an earlier byte
    [90_000, `bytes 90000-${layer.length - 1}/${layer.length}`, 206], // leaves bytes out
    [70_000, undefined, 206],
    [70_000, 'items 1-2/3', 206],
    [layer.length, `bytes */${layer.length}`, 416],
  ];
  for (const [from, named, status] of answers) {
    await using front = await startFront(server.host, (request, response) => {
      if (request.headers.range === undefined || !request.url?.includes('/blobs/')) return false;
      response.writeHead(status, named === undefined ? {} : { 'content-range': named });
      response.end(layer.subarray(from));
      return true;
    });
    const rest = await collected(pulling(front.host, 'badrange').blob(blob, 70_000));
    assert.deepEqual(rest, layer.subarray(70_000), String(named));
  }
  await using liar = await startFront(server.host, (request, response) => {
    if (!request.url?.includes('/blobs/')) return false;
    response.writeHead(206, { 'content-range': 'bytes 90000-99999/200000' }).end(layer.subarray(90_000));
    return true;
  });
  await assert.rejects(collected(pulling(liar.host, 'badrange').blob(blob, 70_000)), {
    message: /received unexpected HTTP status: 206$/,
  });
});

test('a passing failure is tried again, a lasting one is told', async () => {
  await pushImage(server.host, 'flaky:1');
  let failures = 2;
  await using front = await startFront(server.host, (request, response) => {
    if (!request.url?.includes('/manifests/') || failures-- <= 0) return false;
    response.writeHead(503).end();
    return true;
  });
  await pulling(front.host, 'flaky').resolve('1');
  failures = 100;
  await assert.rejects(pulling(front.host, 'flaky').manifest('1'), {
    kind: 'unavailable',
    message: `Get "http://${front.host}/v2/flaky/manifests/1": received unexpected HTTP status: 503`,
  });
});

test('a rate limit is explained in one line and not waited for when it is long', async () => {
  await using front = await startFront(server.host, (request, response) => {
    if (request.url === '/v2/') return false;
    response.writeHead(429, { 'retry-after': '3600', 'ratelimit-limit': '100;w=21600' });
    response.end(
      '{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}',
    );
    return true;
  });
  await assert.rejects(pulling(front.host, 'x').manifest('latest'), {
    message:
      'toomanyrequests: You have reached your pull rate limit. (100 requests in 21600 s are allowed; try again in 3600 s, log in, or set a mirror)',
  });
});

test('a manifest with another digest or too large is refused', async () => {
  const { content } = await pushImage(server.host, 'forged:1');
  let forged = Buffer.from(content.toString().replace('"size":1000', '"size":1001'));
  await using front = await startFront(server.host, (request, response) => {
    if (!request.url?.includes('/manifests/')) return false;
    response.writeHead(200, { 'content-type': mediaTypes.ociManifest }).end(forged);
    return true;
  });
  await assert.rejects(
    pulling(front.host, 'forged').manifest(digestOf(content)),
    /^EngineError: manifest verification failed/,
  );
  forged = Buffer.alloc(5 << 20, ' ');
  await assert.rejects(pulling(front.host, 'forged').manifest('1'), /larger than 4194304 bytes/);
});

test('mirrors are asked first, without the credentials of the registry', async () => {
  await pushImage(server.host, 'cache/app:1');
  await using mirror = await startFront(server.host, () => false);
  await using origin = await startFront(server.host, () => false);
  const mirrored = openRegistry({
    mirrors: { [origin.host]: ['http://127.0.0.1:1', `http://${mirror.host}/cache`] },
  });
  const repository = mirrored.repository(at(origin.host, 'app:1'), {
    actions: 'pull',
    auth: { username: 'me', password: 'secret' },
  });
  await repository.resolve('1');
  assert.deepEqual(origin.seen, []);
  assert.deepEqual(
    mirror.seen.map(({ line, headers }) => [line, headers.authorization]),
    [
      ['GET /v2/', undefined],
      ['HEAD /v2/cache/app/manifests/1', undefined],
    ],
  );
  await assert.rejects(repository.resolve('2'), /^EngineError: manifest for .*\/app:2 not found/);
  mirrored.close();
});
