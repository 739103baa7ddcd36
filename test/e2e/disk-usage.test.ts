import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exec } from '../../src/lib/exec.ts';
import type { DiskUsageAnswer } from '../../src/wire/system.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { layerOf } from './hostile-archives.ts';

describe('system df tells what du tells', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  const usage = async (query = ''): Promise<DiskUsageAnswer> =>
    JSON.parse((await engine.request('GET', `/v1.51/system/df${query}`)).body) as DiskUsageAnswer;
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);

  /** What the real du says of directories, without themselves. */
  async function du(...paths: readonly string[]): Promise<number> {
    const { stdout } = await exec('du', ['-sxB1', '--', ...paths]);
    const own = sum(paths.map((path) => statSync(path).blocks * 512));
    return sum(stdout.trim().split('\n').map((line) => Number.parseInt(line, 10))) - own;
  } // prettier-ignore

  /** Directories of layers, without those that are made for containers. */
  function layerDirectories(): string[] {
    const layers = join(engine.dataRoot, 'layers');
    const paths = readdirSync(layers).filter((name) => name.length === 64).map((name) => join(layers, name));
    return paths.filter((path) => !readFileSync(join(path, 'layer.json'), 'utf8').includes('isInit'));
  } // prettier-ignore

  async function run(command: string, options: object = {}): Promise<string> {
    const body = { Image: 'busybox', Cmd: ['sh', '-c', command], HostConfig: options };
    const { Id } = JSON.parse((await engine.request('POST', '/containers/create', body)).body) as {
      Id: string;
    };
    assert.equal((await engine.request('POST', `/containers/${Id}/start`)).status, 204);
    await engine.request('POST', `/containers/${Id}/wait`);
    return Id;
  }

  function build(tag: string, dockerfile: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-tar' };
      const sent = request({ socketPath: engine.socket, method: 'POST', path: `/build?t=${tag}`, headers, agent: false });
      sent.on('response', (answer) => void text(answer).then(resolve, reject)).on('error', reject);
      sent.end(layerOf(['Dockerfile', dockerfile]));
    });
  } // prettier-ignore

  /** With a sparse file, one that has two names, and many small ones. */
  const fill = (where: string): string =>
    `cd ${where}; head -c 300000 /dev/urandom >a; ln a b; ln -s a c; dd if=/dev/zero of=sparse bs=1 count=1 seek=500000000 2>/dev/null;` +
    ' mkdir many; for i in $(seq 200); do echo $i >many/$i; done';

  test('nothing there is nothing used', async () => {
    await using empty = await startTestEngine();
    const { body } = await empty.request('GET', '/v1.51/system/df');
    assert.deepEqual(JSON.parse(body), {
      LayersSize: 0,
      Images: [],
      Containers: [],
      Volumes: [],
      BuildCache: [],
    });
  });

  test('writable layers and volumes', async () => {
    const id = await run(fill('/root'), { Binds: ['vol:/data'] });
    await run(fill('/data'), { Binds: ['vol:/data'] });
    const { Containers, Volumes } = await usage();
    const upper = join(engine.dataRoot, 'snapshots', id, 'upper');
    assert.equal(Containers?.find(({ Id }) => Id === id)?.SizeRw, await du(upper));
    assert.equal(Volumes?.[0]?.UsageData?.Size, await du(join(engine.dataRoot, 'volumes/vol/_data')));
    assert.ok((Volumes?.[0]?.UsageData?.Size ?? 0) < 3_000_000);
  });

  test('images and the build cache: all layers and blobs, each once', async () => {
    const Id = (await usage('?type=container')).Containers?.[0]?.Id ?? '';
    await engine.request('POST', `/commit?container=${Id}&repo=more`);
    assert.match(await build('built', `FROM busybox\nRUN mkdir /d && ${fill('/d')}\nRUN echo 1 >/one`), /Successfully built|"aux"/);
    assert.match(await build('kept', 'FROM busybox\nRUN echo kept >/kept'), /Successfully built|"aux"/);
    await engine.request('DELETE', '/images/built');
    const { LayersSize, Images, BuildCache } = await usage();
    const cacheSize = sum((BuildCache ?? []).filter(({ Shared }) => !Shared).map(({ Size }) => Size));
    assert.ok(cacheSize > 300_000 && cacheSize < 3_000_000, String(cacheSize));
    const uploads = join(engine.dataRoot, 'build/uploads');
    const contexts = readdirSync(uploads).map((name) => join(uploads, name));
    const stored = await du(...layerDirectories(), ...contexts, join(engine.dataRoot, 'content/sha256'));
    assert.equal(LayersSize + cacheSize, stored);
    // what images have for themselves, and what they share, once
    const unique = sum((Images ?? []).map(({ Size, SharedSize }) => Size - SharedSize));
    const shared = Images?.[0]?.SharedSize ?? 0; // they share the layer of busybox, all of them
    assert.deepEqual(new Set(Images?.map(({ SharedSize }) => SharedSize)), new Set([shared]));
    assert.equal(unique + shared, LayersSize);
  }); // prettier-ignore

  test('a layer is measured once, and known after a restart', async () => {
    // what is not on disk yet is measured again
    const records = (): string[] => layerDirectories().map((path) => readFileSync(join(path, 'layer.json'), 'utf8'));
    for (const deadline = Date.now() + 30_000; !records().every((record) => record.includes('diskUsage')); await usage()) {
      assert.ok(Date.now() < deadline, records().join());
      await sleep(500);
    }
    const { LayersSize } = await usage('?type=image');
    await engine.stop();
    await engine.start();
    assert.equal((await usage('?type=image')).LayersSize, LayersSize);
  }); // prettier-ignore
});
