import assert from 'node:assert/strict';
import { readdirSync, readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exec } from '../../src/lib/exec.ts';
import { mediaTypes } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { openRegistry } from '../../src/registry/client/registry.ts';
import { findDocker, launcher, needs } from './harness.ts';
import { startTestRegistry, type TestRegistry } from './registry.ts';

const anyStatus = Array.from({ length: 256 }, (_, status) => status);

describe('lade manifest', needs('docker'), () => {
  let registry: TestRegistry;
  let root: string;
  before(async () => {
    registry = await startTestRegistry();
    root = mkdtempSync(join(tmpdir(), 'lade-manifest-'));
    await pushImage('box:amd', { os: 'linux', architecture: 'amd64' });
    await pushImage('box:arm', { os: 'linux', architecture: 'arm', variant: 'v6' });
    await pushImage('oci:amd', { os: 'linux', architecture: 'amd64', 'os.version': '1' }, 'oci');
    await pushImage('bare:1', {});
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
    rmSync(root, { recursive: true });
  });

  async function pushImage(name: string, platform: object, kind: 'docker' | 'oci' = 'docker'): Promise<void> {
    const client = openRegistry();
    const reference = parseReference(`${registry.host}/${name}`);
    const repository = client.repository(reference, { actions: 'push' });
    const put = async (mediaType: string, content: Buffer) => {
      const blob = { digest: digestOf(content), size: content.length };
      await repository.upload({
        ...blob,
        async *open(offset) {
          yield content.subarray(offset);
        },
      });
      return { mediaType, ...blob };
    };
    const mediaType = mediaTypes[`${kind}Manifest`];
    const config = await put(mediaTypes[`${kind}Config`], Buffer.from(JSON.stringify(platform)));
    const layers = [await put(mediaTypes[`${kind}LayerGzip`], Buffer.from(`layer of ${name}`))];
    const content = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
    await repository.putManifest(reference.tag ?? '', { mediaType, content });
    client.close();
  }

  /** What `docker manifest` or `lade manifest` answers; LIST is a repository of its own for each. */
  async function run(by: 'docker' | 'lade', words: string): Promise<unknown> {
    const docker = findDocker();
    assert.ok('path' in docker);
    const program = by === 'docker' ? docker.path : launcher;
    const list = `${registry.host}/by-${by}`;
    const args = words.replaceAll('LIST', list).replaceAll('R/', `${registry.host}/`).split(' ');
    const env = { ...process.env, DOCKER_CONFIG: join(root, by) };
    const { stdout, stderr, status } = await exec(program, ['manifest', ...args], {
      env,
      okStatus: anyStatus,
    });
    const plain = (text: string): string => text.replaceAll(list, 'LIST').replaceAll(`by-${by}`, 'LIST');
    return { words, status, stdout: plain(stdout), stderr: plain(stderr).replaceAll('docker', 'lade') };
  }

  const compare = async (words: string): Promise<void> =>
    assert.deepEqual(await run('lade', words), await run('docker', words));

  test('answers as docker manifest, from the making of a list to its push', async () => {
    for (const words of [
      'inspect --insecure R/box:amd',
      'inspect --insecure -v R/oci:amd',
      'inspect --insecure R/box:nosuch',
      'create --insecure LIST:1 R/box:amd R/box:arm',
      'create --insecure LIST:1 R/oci:amd',
      'create --insecure --amend LIST:1 R/oci:amd',
      'inspect LIST:1',
      'inspect LIST:1 R/box:arm',
      'inspect -v LIST:1 R/oci:amd',
      'inspect LIST:1 R/nosuch',
      'annotate LIST:1 R/oci:amd --os-features a,b --os-features c --os-version 2 --arch arm64 --variant v8',
      'annotate LIST:1 R/box:arm --os linux --arch nosuch',
      'annotate LIST:1 R/nosuch --arch arm',
      'inspect LIST:1',
      'push --insecure --purge LIST:1',
      'inspect --insecure LIST:1',
      'inspect --insecure --verbose LIST:1',
      'push --insecure LIST:1',
      'create --insecure LIST:2 LIST:1',
      'create --insecure LIST:2 R/box:nosuch',
      'create --insecure LIST:2 R/NO',
      'create --insecure R/NO R/box:amd',
      'create --insecure LIST:oci R/oci:amd R/box:amd',
      'push --insecure LIST:oci',
      'create --insecure LIST:bare R/bare:1',
      'push --insecure LIST:bare',
      'create --insecure elsewhere.example/list R/box:amd',
      'inspect elsewhere.example/list',
      'push elsewhere.example/list',
      'rm LIST:2 LIST:oci NO elsewhere.example/list LIST:bare',
    ])
      await compare(words);
  });

  test('lists are kept where the other client finds them, in the same files', async () => {
    const files = (by: string): Record<string, string> => {
      const directory = join(root, by, 'manifests', `${registry.host.replace(':', '-')}_same-latest`);
      const names = readdirSync(directory);
      return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
    };
    for (const by of ['docker', 'lade'] as const) {
      await run(by, 'create --insecure R/same R/box:amd R/oci:amd');
      await run(by, 'annotate R/same R/oci:amd --arch riscv64');
    }
    assert.deepEqual(files('lade'), files('docker'));
  });
});
