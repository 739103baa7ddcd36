import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { startTestRegistry } from './registry.ts';

describe('images through the docker CLI', needs('root', 'docker', 'busybox'), () => {
  let engine: TestEngine;
  let directory = '';
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lade-context-'));
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
    assert.equal(status, 0, stderr);
    return stdout.trim();
  };
  const context = (name: string, files: Record<string, string>): string => {
    const path = join(directory, name);
    mkdirSync(path, { recursive: true });
    for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
    return path;
  };

  test('tag, list, inspect, history and remove', async () => {
    await output('tag', 'busybox', 'mine:1');
    assert.equal(await output('images', '--format', '{{.Repository}}:{{.Tag}}', 'mine'), 'mine:1');
    assert.equal(await output('images', '-q', '--filter', 'reference=mi*:2'), '');
    assert.match(await output('inspect', '-f', '{{json .Config.Cmd}} {{.Os}}', 'mine:1'), /^\["sh"\] linux$/);
    assert.match(await output('history', '--format', '{{.Size}}', 'mine:1'), /^1\.98MB$/);
    assert.equal(await output('rmi', 'mine:1'), 'Untagged: mine:1');
    assert.match((await docker('rmi', 'mine:1')).stderr, /No such image: mine:1/);
  });

  test('save and load, export and import, commit', async () => {
    const archive = join(directory, 'saved.tar');
    await output('tag', 'busybox', 'saved:1');
    await output('save', '-o', archive, 'saved:1');
    await output('rmi', 'saved:1');
    assert.equal(await output('load', '-i', archive), 'Loaded image: saved:1');
    await output('run', '--name', 'changed', 'busybox', 'sh', '-c', 'echo new >/new');
    await output('commit', '-c', 'CMD ["cat", "/new"]', '-m', 'said', 'changed', 'committed:1');
    assert.equal(await output('run', '--rm', 'committed:1'), 'new');
    const tree = join(directory, 'tree.tar');
    await output('export', '-o', tree, 'changed');
    assert.match(await output('import', '-c', 'ENV A=b', '-c', 'CMD echo $A', tree, 'imported:1'), /^sha256:[a-f0-9]{64}$/);
    assert.equal(await output('run', '--rm', 'imported:1'), 'b');
    await output('rm', 'changed');
  });

  test('push to a registry and pull from it', async () => {
    await using registry = await startTestRegistry();
    const name = `${registry.host}/me/app:1`;
    await output('tag', 'busybox', name);
    const pushed = await output('push', name);
    const digest = /1: digest: (sha256:[a-f0-9]{64}) size: \d+/.exec(pushed)?.[1];
    assert.ok(digest, pushed);
    await output('rmi', name);
    const pulled = await output('pull', name);
    assert.match(pulled, /^1: Pulling from me\/app\n/);
    assert.match(pulled, new RegExp(`Digest: ${digest}\nStatus: Downloaded newer image for ${name}`));
    assert.match(await output('pull', name), /Status: Image is up to date for /);
    assert.equal(await output('run', '--rm', `${registry.host}/me/app@${digest}`, 'echo', 'ran'), 'ran');
    const missing = await docker('pull', `${registry.host}/me/nosuch`);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /manifest for localhost:\d+\/me\/nosuch:latest not found/);
    await output('rmi', name);
  });

  test('build: stages, arguments, cache', async () => {
    const path = context('stages', {
      Dockerfile: 'FROM busybox AS made\nRUN echo made >/made\nFROM busybox\nARG WHO=nobody\nCOPY --from=made /made /made\nCOPY *.txt /in/\nRUN echo $WHO >/who\nCMD cat /made /who /in/*\n',
      'a.txt': 'a\n',
      'ignored.md': 'no\n',
    });
    const first = await output('build', '-t', 'built:1', '--build-arg', 'WHO=me', path);
    assert.match(first, /^Step \d+\/\d+ : RUN echo made >\/made$/m);
    assert.match(first, /\nSuccessfully built [a-f0-9]{12}\nSuccessfully tagged built:1$/);
    assert.equal(await output('run', '--rm', 'built:1'), 'made\nme\na');
    const again = await output('build', '-t', 'built:2', '--build-arg', 'WHO=me', path);
    const steps = again.match(/^Step \d+\/\d+ : (RUN|COPY|CMD) /gm);
    assert.equal(again.match(/ ---> Using cache/g)?.length, steps?.length);
    assert.equal(await output('inspect', '-f', '{{.Id}}', 'built:2'), await output('inspect', '-f', '{{.Id}}', 'built:1'));
    assert.match(await output('build', '-q', path), /^sha256:[a-f0-9]{64}$/);
    assert.equal(await output('run', '--rm', await output('build', '-q', '--target', 'made', path), 'cat', '/made'), 'made');
  });

  test('a failed build says where, exits with the status of its command, and leaves nothing', async () => {
    const failing = await docker('build', context('failing', { Dockerfile: 'FROM busybox\nRUN exit 7\n' }));
    assert.equal(failing.status, 7);
    assert.match(failing.stderr, /The command '\/bin\/sh -c exit 7' returned a non-zero code: 7/);
    const wrong = await docker('build', context('wrong', { Dockerfile: 'FROM busybox\nRUNN true\n' }));
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /Dockerfile:2:1: unknown instruction: RUNN \(did you mean RUN\?\)/);
    assert.equal(await output('ps', '-aq'), '');
  });

  test('prune and df', async () => {
    await output('run', '--rm', '-v', '/anonymous', 'busybox', 'true');
    assert.match(await output('system', 'df'), /^Images +\d/m);
    assert.match(await output('system', 'prune', '-af', '--volumes'), /Total reclaimed space: [\d.]+\w?B$/);
    assert.equal(await output('images', '-q'), '');
  });
}); // prettier-ignore
