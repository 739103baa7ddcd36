import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs, startTestEngine, type TestEngine } from './harness.ts';

describe('mounts of images', needs('root', 'docker', 'busybox'), () => {
  let engine: TestEngine;
  let directory = '';
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lade-image-mounts-'));
    engine = await startTestEngine();
    await engine.load('busybox');
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
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { status, stderr } = await docker(...args);
    assert.notEqual(status, 0, args.join(' '));
    return stderr;
  };
  /** An image that says which it is. */
  const make = async (tag: string, text: string): Promise<string> => {
    const id = await output('create', 'busybox', 'true');
    await output('rm', id);
    const name = `maker-${tag.replace(/\W/g, '-')}`;
    await output('run', '--name', name, 'busybox', 'sh', '-c', `mkdir -p /data && echo ${text} >/data/said`);
    const image = await output('commit', name, tag);
    await output('rm', name);
    return image;
  };
  const mount = (source: string, more = ''): string => `type=image,source=${source},target=/x${more}`;
  const mountsOfHost = (): string[] =>
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(engine.dataRoot));

  test('the tree of the image is there, read-only, whole or in part', async () => {
    await make('said:1', 'one');
    const script = 'cat /x/data/said; touch /x/new 2>&1; grep -c " /x ro" /proc/self/mountinfo';
    assert.match(
      await output('run', '--rm', '--mount', mount('said:1'), 'busybox', 'sh', '-c', script),
      /^one\ntouch: \/x\/new: Read-only file system\n1$/,
    );
    const part = await output('run', '--rm', '--mount', mount('said:1', ',image-subpath=data'), 'busybox', 'ls', '/x');
    assert.equal(part, 'said');
    const file = await output('run', '--rm', '--mount', mount('said:1', ',image-subpath=data/said'), 'busybox', 'cat', '/x');
    assert.equal(file, 'one');
    assert.match(
      await refused('run', '--rm', '--mount', mount('said:1', ',image-subpath=../x'), 'busybox', 'true'),
      /invalid mount config for type "image": subpath must be a relative path within the volume/,
    );
    assert.match(
      await refused('run', '--rm', '--mount', mount('said:1', ',image-subpath=nosuch'), 'busybox', 'true'),
      /cannot access path .*nosuch: no such file or directory/,
    );
    assert.equal(await output('ps', '-aq'), '');
    assert.deepEqual(mountsOfHost(), []);
  });

  test('what Docker refuses is refused in its words', async () => {
    const create = async (given: object, version = '1.51'): Promise<[number, string]> => {
      const body = { Image: 'busybox', HostConfig: { Mounts: [{ Type: 'image', Target: '/x', ...given }] } };
      const answer = await engine.request('POST', `/v${version}/containers/create`, body);
      return [answer.status, (JSON.parse(answer.body) as { message?: string }).message ?? ''];
    };
    assert.deepEqual(await create({ Source: 'busybox', BindOptions: {} }), [400, 'BindOptions must not be specified on mount type "image"']);
    assert.deepEqual(await create({ Source: '' }), [400, 'invalid mount config for type "image": field Source must not be empty']);
    assert.deepEqual(await create({ Source: 'nosuch' }), [404, 'No such image: nosuch:latest']);
    assert.deepEqual(await create({ Source: 'busybox' }, '1.47'), [400, 'Mount type "Image" needs API v1.48 or newer']);
    assert.deepEqual(await create({ Type: 'volume', Source: 'v', ImageOptions: {} }), [400, 'invalid mount config for type "volume": field ImageOptions must not be specified']);
  });

  test('a container that has it mounted uses the image, and keeps its content when that is removed by force', async () => {
    const image = await make('held:1', 'held');
    const id = await output('run', '-d', '--name', 'holder', '--mount', mount('held:1'), 'busybox', 'sleep', '1000');
    assert.match(
      await refused('rmi', 'held:1'),
      new RegExp(`unable to remove repository reference "held:1" \\(must force\\) - container ${id.slice(0, 12)} is using its referenced image ${image.slice(7, 19)}`),
    );
    const [point] = JSON.parse(await output('inspect', '-f', '{{json .Mounts}}', 'holder')) as Record<string, unknown>[];
    assert.deepEqual([point?.['Type'], point?.['Name'], point?.['RW'], point?.['Propagation']], ['image', 'held:1', false, 'rprivate']);
    assert.deepEqual(JSON.parse(await output('inspect', '-f', '{{json .HostConfig.Mounts}}', 'holder')), [{ Type: 'image', Source: 'held:1', Target: '/x' }]);
    assert.match(await output('rmi', '-f', 'held:1'), /^Untagged: held:1\nDeleted: sha256:/);
    assert.equal(await output('exec', 'holder', 'cat', '/x/data/said'), 'held');
    await output('restart', '-t', '0', 'holder');
    assert.equal(await output('exec', 'holder', 'cat', '/x/data/said'), 'held');
    await output('rm', '-f', 'holder');
    await output('image', 'prune', '-f');
  });

  test('cp sees it in a container that does not run; volumes-from passes it on', async () => {
    await make('said:2', 'two');
    await output('create', '--name', 'resting', '--mount', mount('said:2'), 'busybox', 'true');
    await output('cp', 'resting:/x/data/said', join(directory, 'said'));
    assert.equal(readFileSync(join(directory, 'said'), 'utf8'), 'two\n');
    assert.equal(await output('run', '--rm', '--volumes-from', 'resting', 'busybox', 'cat', '/x/data/said'), 'two');
    await output('rm', 'resting');
  });

  test('an engine that is killed leaves nothing of it behind, and the container goes on', async () => {
    await make('said:3', 'three');
    await output('run', '-d', '--name', 'going', '--mount', mount('said:3', ',image-subpath=data'), 'busybox', 'sleep', '1000');
    await engine.stop('SIGKILL');
    await engine.start();
    assert.equal(await output('exec', 'going', 'cat', '/x/said'), 'three');
    assert.match(await refused('rmi', 'said:3'), /must force/);
    await output('rm', '-f', 'going');
    await output('rmi', 'said:3');
    assert.deepEqual(mountsOfHost(), []);
    assert.deepEqual(readdirSync(join(engine.dataRoot, 'snapshots')), []);
  });
}); // prettier-ignore
