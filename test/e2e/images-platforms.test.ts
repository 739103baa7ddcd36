import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  blobPath,
  imageOf,
  layerOf,
  ociFiles,
  tarOf,
  type TestImage,
} from '../../src/image/testing/archives.ts';
import { findProgram } from '../../src/lib/compression.ts';
import { mediaTypes } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { hostPlatform, parsePlatform, type Platform } from '../../src/oci/platform.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { startTestRegistry } from './registry.ts';

const foreign = parsePlatform('linux/s390x');
const host = hostPlatform();
const busybox = findProgram('busybox') ?? '/bin/busybox';

/** An image with a shell; the one for the foreign platform has the programs of this host, so that it runs nevertheless. */
function shellImage(platform: Platform, text: string): TestImage {
  const layer = layerOf([
    { name: 'bin/', type: 'directory' },
    ['bin/sh', readFileSync(busybox)],
    ['which', text],
  ]);
  const image = imageOf([layer], platform);
  return image;
}

/** An OCI layout whose one name means an index of both. */
function archiveOf(images: readonly { image: TestImage; platform: Platform }[], name: string): Buffer {
  const manifests = images.map(({ image, platform }) => ({
    mediaType: mediaTypes.ociManifest,
    digest: digestOf(image.manifest),
    size: image.manifest.length,
    platform,
  }));
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  const outer = {
    schemaVersion: 2,
    manifests: [
      {
        mediaType: mediaTypes.ociIndex,
        digest: digestOf(index),
        size: index.length,
        annotations: { 'io.containerd.image.name': name },
      },
    ],
  };
  const files = ociFiles(images).filter(([path]) => path !== 'index.json');
  const executable = files.map(([path, content]): [string, Buffer] => [path, content]);
  return tarOf([...executable, [blobPath(index), index], ['index.json', JSON.stringify(outer)]]);
}

describe('images of several platforms through the docker CLI', needs('root', 'docker'), () => {
  let engine: TestEngine;
  let directory = '';
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lade-platforms-'));
    const archive = archiveOf(
      [
        { image: shellImage(foreign, 'foreign\n'), platform: foreign },
        { image: shellImage(host, 'host\n'), platform: host },
      ],
      'docker.io/library/multi:1',
    );
    writeFileSync(join(directory, 'multi.tar'), archive);
    engine = await startTestEngine();
  });
  after(async () => {
    await engine?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  const docker = (...args: readonly string[]) => engine.docker(...args);
  const output = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await docker(...args);
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const list = async (query = ''): Promise<Record<string, unknown>[]> =>
    JSON.parse((await engine.request('GET', `/images/json${query}`)).body) as Record<string, unknown>[];

  test('load, list as a tree, inspect and history of each', async () => {
    assert.equal(await output('load', '-i', join(directory, 'multi.tar')), 'Loaded image: multi:1');
    assert.equal(await output('images', '--format', '{{.Repository}}:{{.Tag}}'), 'multi:1');
    const tree = await output('images', '--tree');
    assert.match(tree, /multi:1[\s\S]*linux\/s390x[\s\S]*linux\/(amd64|arm64)/);
    const format = '{{.Os}}/{{.Architecture}}';
    assert.equal(await output('image', 'inspect', '-f', format, 'multi:1'), `linux/${host.architecture}`);
    assert.equal(await output('image', 'inspect', '--platform', 'linux/s390x', '-f', format, 'multi:1'), 'linux/s390x');
    const missing = await docker('image', 'inspect', '--platform', 'linux/riscv64', 'multi:1');
    assert.match(missing.stderr, /multi:1 was found but does not provide the specified platform \(linux\/riscv64\)/);
    assert.match(await output('history', '--platform', 'linux/s390x', 'multi:1'), /layer 0/);
    const [summary] = await list('?manifests=1');
    const manifests = summary?.['Manifests'] as { Kind: string; Available: boolean }[];
    assert.deepEqual(manifests.map(({ Kind, Available }) => [Kind, Available]), [['image', true], ['image', true]]);
    const both = await engine.request('GET', `/images/multi:1/json?manifests=1&platform=${encodeURIComponent(JSON.stringify(foreign))}`);
    assert.equal(both.status, 400);
    assert.match(both.body, /conflicting options: manifests and platform options cannot both be set/);
  });

  test('run takes the image of this host, or that of --platform', async () => {
    // the programs in the archive have no execute bit: they are read by a container that mounts nothing
    const create = async (...flags: string[]): Promise<string> => output('create', ...flags, 'multi:1', '/bin/sh');
    const read = async (id: string): Promise<string> => {
      await output('cp', `${id}:/which`, join(directory, 'which'));
      await output('rm', id);
      return readFileSync(join(directory, 'which'), 'utf8').trim();
    };
    assert.equal(await read(await create()), 'host');
    const foreignId = await create('--platform', 'linux/s390x');
    const [summary] = await list('?manifests=1');
    assert.equal(summary?.['Containers'], 1);
    assert.equal(await output('ps', '-a', '--format', '{{.Image}}', '--filter', 'ancestor=multi:1'), 'multi:1');
    const inspected = await output('inspect', '-f', '{{json .ImageManifestDescriptor}}', foreignId);
    assert.match(inspected, /"digest":"sha256:[a-f0-9]{64}","size":\d+/);
    const inUse = await docker('rmi', '--platform', 'linux/s390x', 'multi:1');
    assert.match(inUse.stderr, /conflict: unable to delete [a-f0-9]{12} \(must be forced\) - image is being used by stopped container/);
    assert.equal(await read(foreignId), 'foreign');
  });

  test('a push to a registry and a pull of one platform after the other; what is missing is told', async () => {
    await using registry = await startTestRegistry();
    const name = `${registry.host}/me/multi:1`;
    await output('tag', 'multi:1', name);
    const digest = /digest: (sha256:[a-f0-9]{64})/.exec(await output('push', name))?.[1];
    const [listed] = (await list()) as { Descriptor?: { digest: string } }[];
    assert.equal(listed?.Descriptor?.digest, digest);
    const distribution = JSON.parse((await engine.request('GET', `/distribution/${name}/json`)).body) as { Platforms: Platform[] };
    assert.deepEqual(distribution.Platforms.map(({ architecture }) => architecture), ['s390x', host.architecture]);
    await output('rmi', 'multi:1', name);
    assert.deepEqual(await list(), []);
    await output('pull', '--platform', 'linux/s390x', name);
    const warned = await docker('create', name, '/bin/sh');
    assert.match(warned.stderr, /The requested image's platform \(linux\/s390x\) does not match the detected host platform/);
    await output('rm', warned.stdout.trim());
    const elsewhere = `${registry.host}/other/multi:1`;
    await output('tag', name, elsewhere);
    const partial = await output('push', elsewhere);
    assert.match(partial, /Not all multiplatform-content is present/);
    await output('pull', name);
    assert.equal((await list()).length, 1);
    assert.equal(await output('image', 'inspect', '-f', '{{.Architecture}}', name), host.architecture);
    await output('save', '--platform', 'linux/s390x', '-o', join(directory, 'one.tar'), name);
    assert.match(await output('rmi', '--platform', `linux/${host.architecture}`, name), /^Deleted: sha256:/);
    assert.equal(await output('image', 'inspect', '-f', '{{.Architecture}}', name), 's390x');
    await output('rmi', '-f', name, elsewhere);
    assert.equal(await output('load', '--platform', 'linux/s390x', '-i', join(directory, 'one.tar')), `Loaded image: ${name}`);
    assert.equal(await output('image', 'inspect', '-f', '{{.Architecture}}', name), 's390x');
    await output('rmi', name);
  });
}); // prettier-ignore
