import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { mediaTypes } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import { hostPlatform } from '../oci/platform.ts';
import { parseReference } from '../oci/reference.ts';
import { imageOf, layerOf, type TestImage } from './testing/archives.ts';
import { openTestImages } from './testing/open-test-images.ts';

// Registries that lie. These tests extract layers, for which they need root.

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

interface Liar extends AsyncDisposable {
  readonly host: string;
  readonly seen: string[];
  readonly authorizations: (string | undefined)[];
}

/** A server that answers by the end of a path; what it has no answer for is not found. */
async function startLiar(answers: Readonly<Record<string, Buffer | Handle>>): Promise<Liar> {
  const seen: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    seen.push(`${request.method} ${url}`);
    authorizations.push(request.headers.authorization);
    const [, answer] = Object.entries(answers).find(([end]) => url.endsWith(end)) ?? [];
    if (url === '/v2/') response.end('{}');
    else if (typeof answer === 'function') answer(request, response);
    else if (answer) response.end(answer);
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    authorizations,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What a registry answers for an image under the tag 1, but for what is said otherwise. */
function honest(image: TestImage, lies: Readonly<Record<string, Buffer | Handle>> = {}) {
  const blobs = [image.config, ...image.layers.map(({ blob }) => blob)];
  return {
    ...lies,
    ...Object.fromEntries(blobs.map((blob) => [digestOf(blob), blob])),
    ...Object.fromEntries([[digestOf(image.manifest), image.manifest]]),
    '/manifests/1': image.manifest,
    ...lies,
  };
}

async function refusal(answers: Readonly<Record<string, Buffer | Handle>>): Promise<[string, Liar]> {
  await using liar = await startLiar(answers);
  using store = openTestImages();
  const pulling = store.images.pull(parseReference(`${liar.host}/x:1`));
  const error: unknown = await pulling.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error, 'the pull must fail');
  assert.deepEqual([store.images.list({ all: true }), store.snapshots.layers()], [[], []]);
  return [error.message, liar];
}

const image = imageOf([layerOf([['a', 'one']])]);
const rewritten = (change: (manifest: Manifest) => void): Buffer => {
  const manifest = JSON.parse(image.manifest.toString()) as Manifest;
  change(manifest);
  return Buffer.from(JSON.stringify(manifest));
};
interface Manifest {
  config: { digest: string; size: number };
  layers: { digest: string; size: number }[];
}

test('a config of a hundred megabytes is not even asked for', async () => {
  const manifest = rewritten(({ config }) => (config.size = 100 << 20));
  const [message, liar] = await refusal(honest({ ...image, manifest }));
  assert.match(message, /blob sha256:\w+ is too large for its kind: 104857600 bytes/);
  assert.ok(!liar.seen.some((line) => line.includes('/blobs/')));
});

test('a config or a layer that is longer than its descriptor says is cut off', async () => {
  const endless: Handle = (_request, response) => {
    const more = (): void => {
      while (response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', more);
    more();
  };
  const [config] = await refusal(honest(image, { [digestOf(image.config)]: endless }));
  assert.match(config, /is longer than the \d+ bytes of its descriptor/);
  const blob = image.layers[0]?.blob ?? Buffer.alloc(0);
  const [layer] = await refusal(honest(image, { [digestOf(blob)]: endless }));
  assert.match(layer, /is longer than the \d+ bytes|wrong size of/);
});

test('a manifest of another size than its index says is refused', async () => {
  const entry = {
    mediaType: mediaTypes.ociManifest,
    digest: digestOf(image.manifest),
    platform: hostPlatform(),
  };
  const index = (size: number): Buffer =>
    Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [{ ...entry, size }] }),
    );
  const lying = index(7);
  const [message] = await refusal(honest(image, { '/manifests/1': lying, [digestOf(lying)]: lying }));
  assert.match(message, /has \d+ bytes, its descriptor says 7/);
});

test('an index within an index leads nowhere', async () => {
  const inner = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] }),
  );
  const manifests = [
    { mediaType: mediaTypes.ociIndex, digest: digestOf(inner), size: inner.length, platform: hostPlatform() },
  ];
  const outer = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  const documents = { '/manifests/1': outer, [digestOf(outer)]: outer, [digestOf(inner)]: inner };
  const [message] = await refusal(documents);
  assert.match(message, /an index within an index is not supported/);
});

test('documents with values of other types than their specification has are refused by name', async () => {
  const odd = (change: (config: Record<string, unknown>) => void): TestImage => {
    const config = JSON.parse(image.config.toString()) as Record<string, unknown>;
    change(config);
    const content = Buffer.from(JSON.stringify(config));
    const manifest = rewritten((each) => {
      each.config.digest = digestOf(content);
      each.config.size = content.length;
    });
    return { ...image, config: content, manifest };
  };
  for (const [change, message] of [
    [(config) => (config['author'] = ['me']), /invalid author in image configuration/],
    [(config) => (config['created'] = 7), /invalid created in image configuration/],
    [(config) => (config['variant'] = {}), /invalid variant in image configuration/],
    [(config) => (config['history'] = [{ created_by: 7 }]), /invalid history in image configuration/],
    [(config) => (config['config'] = { Labels: { a: 1 } }), /invalid Labels in image configuration/],
    [(config) => (config['config'] = { ArgsEscaped: 'no' }), /invalid ArgsEscaped in image configuration/],
  ] as [(config: Record<string, unknown>) => unknown, RegExp][])
    assert.match((await refusal(honest(odd(change))))[0], message);
  const nested = Buffer.from(`{"schemaVersion":2,"layers":${'['.repeat(1 << 20)}${']'.repeat(1 << 20)}}`);
  assert.match((await refusal({ '/manifests/1': nested }))[0], /no descriptor|invalid|manifest/);
});

test('a download that falls silent is taken up at its byte', async () => {
  const large = imageOf([layerOf([['a', 'x'.repeat(100_000)]], 'none')]);
  const blob = large.layers[0]?.blob ?? Buffer.alloc(0);
  const ranges: (string | undefined)[] = [];
  const sleepy: Handle = ({ headers: { range } }, response) => {
    ranges.push(range);
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const length = { 'content-length': String(blob.length - from) };
    const place = { 'content-range': `bytes ${from}-${blob.length - 1}/${blob.length}` };
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? { ...length, ...place } : length);
    if (from > 0) response.end(blob.subarray(from));
    else response.write(blob.subarray(0, 50_000)); // and no more
  };
  await using liar = await startLiar(honest(large, { [digestOf(blob)]: sleepy }));
  using store = openTestImages({ silence: 300 });
  const { image: pulled } = await store.images.pull(parseReference(`${liar.host}/x:1`));
  assert.deepEqual([pulled.id, ranges], [digestOf(large.config), [undefined, 'bytes=50000-']]);
});

test('redirects that go in circles, to files or to nowhere end in one line', async () => {
  const to =
    (location: (request: IncomingMessage) => string): Handle =>
    (request, response) =>
      void response.writeHead(302, { location: location(request) }).end();
  const circle = to(({ url }) => url ?? '/');
  assert.match((await refusal({ '/manifests/1': circle }))[0], /stopped after 5 redirects/);
  assert.match((await refusal({ '/manifests/1': to(() => 'file:///etc/passwd') }))[0], /file:/);
  assert.match((await refusal({ '/manifests/1': to(() => 'http://[') }))[0], /redirect|Invalid URL/);
});

test('an upload that is to go to another host goes there without credentials', async () => {
  await using elsewhere = await startLiar({});
  const opened: Handle = (_request, response) =>
    void response.writeHead(202, { location: `http://${elsewhere.host}/upload/1` }).end();
  const missing: Handle = (_request, response) => void response.writeHead(404).end();
  const challenge: Handle = (request, response) => {
    if (request.headers.authorization === undefined)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    else if (request.method === 'POST') opened(request, response);
    else missing(request, response);
  };
  await using liar = await startLiar({ '': challenge });
  using store = openTestImages();
  const auth = { username: 'me', password: 'secret' };
  const content = Buffer.from('layer');
  const repository = store.registry.repository(parseReference(`${liar.host}/x:1`), { actions: 'push', auth });
  const source = {
    digest: digestOf(content),
    size: content.length,
    open: async function* () {
      yield content;
    },
  };
  await assert.rejects(repository.upload(source));
  assert.match(elsewhere.seen[0] ?? '', /^PUT \/upload\/1\?digest=/);
  assert.deepEqual(new Set(elsewhere.authorizations), new Set([undefined]));
  assert.ok(liar.authorizations.some((authorization) => authorization?.startsWith('Basic ')));
});
