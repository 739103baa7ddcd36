import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { start } from '../../src/lib/exec.ts';
import { unmount } from '../../src/kernel/mount.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';

const program = join(import.meta.dirname, '../volume-plugin/main.ts');

const inspect = async (engine: TestEngine, name: string) =>
  JSON.parse((await engine.docker('volume', 'inspect', name)).stdout)[0] as {
    Driver: string;
    Mountpoint: string;
    Status: { mounts: number };
  };

test(
  'volumes of a plugin, by the docker CLI, over a kill of the engine and ends that it did not see',
  needs('root', 'docker', 'busybox'),
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'lade-plugin-'));
    const [plugins, store] = [join(directory, 'plugins'), join(directory, 'store')];
    mkdirSync(plugins);
    const plugin = start(process.execPath, [program, join(plugins, 'shelf.sock'), store], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => {
      plugin.kill('SIGKILL');
      const held = join(store, 'volumes');
      for (const name of existsSync(held) ? readdirSync(held) : []) unmount(join(held, name));
      rmSync(directory, { recursive: true, force: true });
    });
    await once(plugin.stdout ?? plugin, 'data');
    await using engine = await startTestEngine(['--plugin-dir', plugins]);
    await engine.load('busybox');
    const docker = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await engine.docker(...args);
      assert.equal(status, 0, stderr);
      return stdout;
    };
    assert.equal(await docker('volume', 'create', '-d', 'shelf', '-o', 'size=2m', 'books'), 'books\n');
    const script = 'df -k /etc | tail -1; echo new > /etc/new';
    assert.match(
      await docker('run', '--rm', '-v', 'books:/etc', 'busybox', 'sh', '-c', script),
      /tmpfs +2048 /,
    );
    for (const name of ['stays', 'ends'])
      await docker(
        'run',
        '-d',
        '--name',
        name,
        '-v',
        'books:/b',
        '-v',
        'books:/c:ro',
        'busybox',
        'sleep',
        '1000',
      );
    assert.equal((await inspect(engine, 'books')).Status.mounts, 2);
    const pid = Number(await docker('inspect', '-f', '{{.State.Pid}}', 'ends'));
    await engine.stop('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await engine.start();
    assert.equal(
      await docker('exec', 'stays', 'cat', '/b/new', '/c/passwd', '/c/new').then((text) =>
        text.split('\n').at(-2),
      ),
      'new',
    );
    for (let tries = 0; tries < 100 && (await inspect(engine, 'books')).Status.mounts > 1; tries += 1)
      await new Promise((next) => setTimeout(next, 20));
    assert.equal((await inspect(engine, 'books')).Status.mounts, 1);
    assert.match((await engine.docker('volume', 'rm', 'books')).stderr, /volume is in use/);
    await docker('rm', '-f', 'stays', 'ends');
    assert.equal((await inspect(engine, 'books')).Status.mounts, 0);
    const asked = readFileSync(join(store, 'requests'), 'utf8').split('\n');
    const count = (verb: string): number =>
      asked.filter((line) => line.startsWith(`VolumeDriver.${verb} `)).length;
    assert.equal(count('Mount'), count('Unmount'));
    assert.equal(await docker('volume', 'rm', 'books'), 'books\n');
  },
);
