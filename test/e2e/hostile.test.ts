import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { dockerArchive, layerOf, ociArchive } from './hostile-archives.ts';

describe('input that is broken or hostile', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  /** Sends bytes as they are. */
  const send = (path: string, body: string | Uint8Array, type = 'application/json'): Promise<[number, string]> =>
    new Promise((resolve, reject) => {
      const sent = request({ socketPath: engine.socket, method: 'POST', path, headers: { 'content-type': type }, agent: false });
      sent.on('response', (answer) => void text(answer).then((said) => resolve([answer.statusCode ?? 0, said]), reject));
      sent.on('error', reject);
      sent.end(body);
    }); // prettier-ignore
  const create = (body: string) => send('/v1.51/containers/create', body);
  const load = (archive: Uint8Array) => send('/images/load?quiet=1', archive, 'application/x-tar');

  test('bodies of requests: one line that names the place', async () => {
    const deep = '{"a":'.repeat(100_000);
    const cases: [string, RegExp][] = [
      ['', /^invalid JSON: got EOF while reading request body$/],
      ['{"Image":"busybox"', /^invalid JSON: unexpected EOF$/],
      ['{"Image":"busybox"} x', /^unexpected content after JSON$/],
      ['[]', /^invalid request body: want an object, got a list$/],
      ['{"Image":"busybox","Env":[1]}', /^invalid request body: Env\[0\]: want a string, got a number$/],
      ['{"Image":"busybox","HostConfig":{"Memory":"1g"}}', /HostConfig\.Memory: want an integer, got a string$/],
      ['{"Image":"busybox","HostConfig":{"Memory":99999999999999999999}}', /HostConfig\.Memory: want an integer/],
      ['{"Image":"busybox","HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":80}]}}}', /80\/tcp\[0\]\.HostPort: want a string/],
      [deep, /^invalid JSON: nested deeper than 64 levels$/],
      [`{"Image":"${'x'.repeat(9 << 20)}"}`, /^request body is too large: more than 8 MiB of JSON$/],
    ]; // prettier-ignore
    for (const [body, message] of cases) {
      const [status, answer] = await create(body);
      assert.equal(status, 400, answer.slice(0, 200));
      assert.match((JSON.parse(answer) as { message: string }).message, message);
    }
    assert.deepEqual(readdirSync(join(engine.dataRoot, 'containers')), []);
  });

  test('paths and names lead nowhere', async () => {
    for (const [path, status] of [
      ['/containers/..%2f..%2fetc/json', 404],
      ['/volumes/..%2f..%2fetc', 404],
      ['/images/..%2fx/json', 400],
      ['/containers/%zz/json', 404],
      ['/containers/json?filters={', 400],
      ['/containers/json?limit=x', 400],
    ] as const)
      assert.equal((await engine.request('GET', path)).status, status, path);
    assert.equal((await engine.request('POST', '/volumes/create', { Name: '../../x' })).status, 400);
  });

  test('bytes that are no HTTP are answered, and a body that never ends holds nobody up', async () => {
    assert.match(await talk('GARBAGE\r\n\r\n'), /^HTTP\/1\.1 400 Bad Request\r\n[^]*malformed HTTP request/);
    const half = connect(engine.socket);
    half.write('POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"I');
    assert.equal((await engine.request('GET', '/_ping')).body, 'OK');
    half.destroy();
  }); // prettier-ignore

  function talk(bytes: string): Promise<string> {
    const socket = connect(engine.socket);
    socket.write(bytes);
    return text(socket);
  }

  test('image archives: refused by one line, and nothing is left', async () => {
    const files = () => readdirSync(join(engine.dataRoot, 'layers')).filter((name) => name.length === 64);
    const before = files();
    const cases: [Uint8Array, RegExp][] = [
      [dockerArchive(layerOf(['../../../../tmp/lade-escaped', 'x'])), /"\.\.\/\.\.\/\.\.\/\.\.\/tmp\/lade-escaped" leads out of its root/],
      [dockerArchive(layerOf(['h', { link: '../../../etc/passwd' }])), /leads out of its root/],
      [dockerArchive(layerOf(['h', { link: '/etc/passwd' }])), /hard link "h" to "etc\/passwd", which is no file of this layer/],
      [dockerArchive(layerOf(['f', 'x']), { diffId: `sha256:${'0'.repeat(64)}` }), /wrong layer content: want diffId sha256:0{64}, got sha256:/],
      [dockerArchive(layerOf(['f', 'x']), { config: '../../../etc/passwd' }), /"\.\.\/\.\.\/\.\.\/etc\/passwd": path in manifest\.json: image 0 leads out of the archive/],
      [dockerArchive(layerOf(['f', 'x']), { layers: ['nosuch'] }), /nosuch: missing \(named by manifest\.json: image 0\)/],
      [dockerArchive(layerOf(['f', 'x']), { names: ['BAD TAG'] }), /manifest\.json: image 0: name "BAD TAG": invalid reference format/],
      [dockerArchive(layerOf(['f', 'x'.repeat(5000)]).subarray(0, 3000)), /unexpected end at byte 3000/],
      [ociArchive('layer'), /blobs\/sha256\/[0-9a-f]{64}: its content has digest sha256:[0-9a-f]{64}/],
      [ociArchive('config'), /blobs\/sha256\/[0-9a-f]{64}: its content has digest sha256:[0-9a-f]{64}/],
      [ociArchive('manifest'), /blobs\/sha256\/[0-9a-f]{64}: its content has digest sha256:[0-9a-f]{64}/],
      [Buffer.from('bad'), /invalid tar archive: unexpected end at byte 3/],
    ]; // prettier-ignore
    for (const [archive, wanted] of cases) {
      const last = (await load(archive))[1].trim().split('\r\n').at(-1) ?? '';
      const { errorDetail } = JSON.parse(last) as { errorDetail: { message: string } };
      assert.match(errorDetail.message, wanted);
      assert.doesNotMatch(errorDetail.message, /\n/);
    }
    assert.equal(existsSync('/tmp/lade-escaped'), false);
    assert.deepEqual(files(), before);
    assert.deepEqual(readdirSync(join(engine.dataRoot, 'content/ingest')), []);
    assert.match((await load(ociArchive()))[1], /Loaded image: oci:1/);
  });

  test('links of a layer that lead out stay inside', async () => {
    const archive = dockerArchive(layerOf(['out', { symlink: '/tmp' }], ['out/lade-escaped', 'x']));
    assert.match((await load(archive))[1], /Loaded image: bad:1/);
    assert.equal(existsSync('/tmp/lade-escaped'), false);
  });

  test('a port in use, a missing bind and a missing image leave nothing', async () => {
    const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(engine.dataRoot)).length;
    const start = async (host: object): Promise<string> => {
      const created = await engine.request('POST', '/containers/create', { Image: 'busybox', Cmd: ['sleep', '1000'], HostConfig: host });
      if (created.status !== 201) return created.body;
      const { Id } = JSON.parse(created.body) as { Id: string };
      const { body } = await engine.request('POST', `/containers/${Id}/start`);
      if (body !== '') await engine.request('DELETE', `/containers/${Id}`);
      return body;
    };
    const port = { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '28471' }] } };
    assert.equal(await start(port), '');
    const before = mounts();
    assert.match(await start(port), /Bind for 127\.0\.0\.1:28471 failed: port is already allocated/);
    assert.match(await start({ Mounts: [{ Type: 'bind', Source: '/nosuch', Target: '/x' }] }), /bind source path does not exist: \/nosuch/);
    assert.match((await engine.request('POST', '/containers/create', { Image: 'nosuch' })).body, /No such image: nosuch:latest/);
    assert.equal(mounts(), before);
    assert.equal(readdirSync(join(engine.dataRoot, 'containers')).length, 1);
    assert.equal(readdirSync(join(engine.runRoot, 'c')).length, 1);
  }); // prettier-ignore
});
