import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '../../src/lib/exec.ts';
import { launcher, needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade } from './lade.ts';

const file = `
name: watched
services:
  app:
    build: .
    command: sh -c 'echo started; exec sleep 1000'
    init: true
    stop_grace_period: 0s
    deploy: {replicas: 2}
    develop:
      watch:
        - {action: sync, path: ./src, target: /app, ignore: ["*.log", cache/], initial_sync: true}
        - {action: sync, path: ./one.txt, target: /one.txt, x-initialSync: true}
        - {action: sync, path: ./linked, target: /link}
        - {action: sync+restart, path: ./conf, target: /conf}
        - {action: sync+exec, path: ./hook, target: /hook, exec: {command: "sh -c 'cat /hook/*; echo oops >&2; exit 3'", environment: [A=1]}}
        - {action: rebuild, path: ./recipe}
  other:
    image: busybox
    command: sleep 1000
    init: true
    stop_grace_period: 0s
    develop: {watch: [{action: restart, path: ./late/dir, include: "*.now"}]}
`;

describe('lade compose watch', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  const folder = mkdtempSync(join(tmpdir(), 'watch-'));
  const at = (name: string): string => join(folder, name);
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
  };
  let output = '';
  let child: ReturnType<typeof start>;
  let ids: { app: string[]; other: string };

  /** Waits until something holds. */
  async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + 60_000; !(await holds()); await sleep(10))
      if (Date.now() > deadline) assert.fail(`${what}; watch said:\n${output}`);
  }
  const says = (text: string): Promise<void> => until(`it says ${text}`, () => output.includes(text));
  const clear = (): void => void (output = '');

  /** The file system of a container, as the host sees it. */
  async function rootOf(id: string): Promise<string> {
    const { State } = JSON.parse((await engine.request('GET', `/containers/${id}/json`)).body);
    return `/proc/${State.Pid}/root`;
  }
  async function read(id: string, path: string): Promise<string | undefined> {
    try {
      return readFileSync(`${await rootOf(id)}${path}`, 'utf8');
    } catch {
      return undefined;
    }
  }
  const becomes = async (path: string, text: string | undefined): Promise<void> => {
    for (const id of ids.app)
      await until(`${path} becomes ${text}`, async () => (await read(id, path)) === text);
  };
  async function look(): Promise<typeof ids> {
    const { stdout } = await lade(engine, ['compose', 'ps', '--format', '{{.Service}} {{.Name}}'], {
      cwd: folder,
    });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    const names = (wanted: string): string[] =>
      lines.filter(([service]) => service === wanted).map(([, name = '']) => name);
    return { app: names('app'), other: names('other')[0] ?? '' };
  }
  const startedAt = async (id: string): Promise<string> =>
    JSON.parse((await engine.request('GET', `/containers/${id}/json`)).body).State.StartedAt;
  const idOf = async (name: string): Promise<string> =>
    JSON.parse((await engine.request('GET', `/containers/${name}/json`)).body).Id;

  before(async () => {
    engine = await startTestEngine();
    engine.env['XDG_RUNTIME_DIR'] = folder; // who watches says so in a file there
    await engine.load('busybox');
    write('compose.yaml', file);
    write('Dockerfile', 'FROM busybox\nCOPY recipe /recipe\nRUN mkdir /real && ln -s /real /link\n');
    write('.dockerignore', 'src/private\n');
    write('recipe', 'first');
    write('src/early', 'before the watch');
    write('src/early.log', '');
    write('one.txt', '1');
    write('conf/c', '1');
    write('hook/h', '1');
    write('linked/sub/a', 'x');
    child = start(launcher, ['compose', 'watch'], {
      env: engine.env,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => void (output += chunk.toString()));
    await says('Watch enabled');
    ids = await look();
  });
  after(async () => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
    await engine?.[Symbol.asyncDispose]();
  });

  test('it brings the project up and copies what is there, but for what is ignored', async () => {
    assert.equal(ids.app.length, 2);
    await becomes('/app/early', 'before the watch');
    for (const id of ids.app) assert.equal(await read(id, '/app/early.log'), undefined);
    await becomes('/one.txt', '1');
    assert.match(
      output,
      /x-initialSync is DEPRECATED[\s\S]*Container watched-app-2 {2}Started[\s\S]*Watch enabled\n/,
    );
  });

  test('files that are written, replaced, renamed and removed are so in every container', async () => {
    clear();
    write('src/file', 'one');
    await becomes('/app/file', 'one');
    assert.match(output, /^Syncing service "app" after \d+ changes were detected$/m);
    appendFileSync(at('src/file'), ' two');
    await becomes('/app/file', 'one two');
    write('src/.file.swp', 'three'); // as editors save
    renameSync(at('src/.file.swp'), at('src/file'));
    await becomes('/app/file', 'three');
    renameSync(at('src/file'), at('src/moved'));
    await becomes('/app/moved', 'three');
    await becomes('/app/file', undefined);
    rmSync(at('src/moved'));
    await becomes('/app/moved', undefined);
    symlinkSync('early', at('src/link'));
    await becomes('/app/link', 'before the watch');
    write('one.txt', '2');
    await becomes('/one.txt', '2');
    for (const id of ids.app) assert.equal(await read(id, '/app/.file.swp'), undefined);
  });

  test('directories made while it watches are watched, and gone with all in them when they go', async () => {
    mkdirSync(at('src/new/deep'), { recursive: true });
    write('src/new/deep/leaf', '1');
    await becomes('/app/new/deep/leaf', '1');
    write('src/new/deep/leaf', '2');
    await becomes('/app/new/deep/leaf', '2');
    renameSync(at('src/new'), at('src/renamed'));
    await becomes('/app/renamed/deep/leaf', '2');
    await becomes('/app/new/deep/leaf', undefined);
    write('src/renamed/deep/leaf', '3');
    await becomes('/app/renamed/deep/leaf', '3');
    rmSync(at('src/renamed'), { recursive: true });
    await becomes('/app/renamed/deep/leaf', undefined);
    write('src/renamed', 'a file now');
    await becomes('/app/renamed', 'a file now');
  });

  test('a burst is few batches; what is ignored is left out of them', async () => {
    clear();
    for (let index = 0; index < 300; index++) write(`src/many/${index}`, `content ${index}`);
    for (const name of ['src/x.log', 'src/cache/x', 'src/private/x', 'src/.git/x', 'src/x~'])
      write(name, 'x');
    write('src/many/last', 'end');
    await becomes('/app/many/last', 'end');
    await becomes('/app/many/299', 'content 299');
    assert.ok((output.match(/Syncing/g) ?? []).length < 60, output);
    for (const name of ['x.log', 'cache', 'private', '.git', 'x~'])
      for (const id of ids.app) assert.equal(await read(id, `/app/${name}`), undefined, name);
  });

  test('what goes below a symlink of the container goes to where it leads', async () => {
    write('linked/sub/b', 'through a link');
    await becomes('/real/sub/b', 'through a link');
  });

  test('a project is watched once', async () => {
    const { status, stdout, stderr } = await lade(engine, ['compose', 'watch'], { cwd: folder });
    assert.deepEqual(
      [status, stdout, stderr],
      [
        1,
        '',
        `cannot take exclusive lock for project "watched": process with PID ${child.pid} is still running\n`,
      ],
    );
  });

  test('sync+restart restarts after the copy, sync+exec runs its command once and tells how it ended', async () => {
    clear();
    const before = await Promise.all(ids.app.map(startedAt));
    write('conf/c', '2');
    write('conf/d', '2');
    await says('service(s) ["app"] restarted');
    await becomes('/conf/d', '2');
    const now = await Promise.all(ids.app.map(startedAt));
    assert.ok(now.every((time, index) => time !== before[index]));
    clear();
    write('hook/h', 'hooked');
    write('hook/i', '-twice');
    await says('ended with 3');
    assert.match(output, /hooked-twice/);
    assert.match(output, /oops\n/);
    assert.match(output, /WARN Error handling changed files: "sh -c cat .*" in watched-app-\d ended with 3/);
  });

  test('restart waits for a directory that is not there yet, and for the files that are included', async () => {
    clear();
    const before = await startedAt(ids.other);
    write('late/dir/no', '');
    write('late/dir/yes.now', '');
    await says('service(s) ["other"] restarted');
    assert.notEqual(await startedAt(ids.other), before);
    assert.equal((output.match(/restarted/g) ?? []).length, 1);
  });

  test('rebuild builds and replaces the containers of its service alone; the old image goes', async () => {
    clear();
    assert.equal((await lade(engine, ['compose', 'scale', 'app=3'], { cwd: folder })).status, 0);
    const [app, other] = await Promise.all([idOf('watched-app-1'), idOf('watched-other-1')]);
    write('recipe', 'second');
    await says('service(s) ["app"] successfully built');
    assert.match(output, /^Rebuilding service\(s\) \["app"\] after changes were detected\.\.\.$/m);
    await becomes('/recipe', 'second');
    assert.notEqual(await idOf('watched-app-1'), app);
    assert.equal(await idOf('watched-other-1'), other);
    assert.equal((await look()).app.length, 3);
    await until('no image without a name is left', async () => {
      const { body } = await engine.request('GET', '/images/json?filters={"dangling":["true"]}');
      return (JSON.parse(body) as unknown[]).length === 0;
    });
    write('src/after', 'into the new ones');
    await becomes('/app/after', 'into the new ones');
  });

  test('a build that fails leaves everything as it is, and the next change is seen', async () => {
    clear();
    const app = await idOf('watched-app-1');
    write('Dockerfile', 'FROM busybox\nRUN false\n');
    write('recipe', 'broken');
    await says('Build failed. Error: ');
    assert.equal(await idOf('watched-app-1'), app);
    write('Dockerfile', 'FROM busybox\nCOPY recipe /recipe\n');
    write('recipe', 'third');
    await becomes('/recipe', 'third');
  });

  test('an interrupt ends it and nothing else', async () => {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    assert.deepEqual(await ended, [130, null]);
    assert.equal((await look()).app.length, 3);
    assert.equal(existsSync(at('watched.pid')), false);
  });

  test('up --watch misses nothing that is saved while containers are made and started', async () => {
    await lade(engine, ['compose', 'down', '-t', '0'], { cwd: folder });
    // the build goes on until it is hung up on, and one service waits for the other until a file is there
    const building = createServer((socket) => {
      write('up/src/early', 'saved during the build\n');
      socket.end();
    }).listen(0, '127.0.0.1');
    await once(building, 'listening');
    const { port } = building.address() as AddressInfo;
    write(
      'up/compose.yaml',
      `
name: upwatched
services:
  app:
    build: {dockerfile_inline: "FROM busybox\\nRUN nc 127.0.0.1 ${port}", network: host}
    command: sh -c 'echo app is up; cat /app/* ; exec sleep 1000'
    init: true
    stop_grace_period: 0s
    depends_on: {gate: {condition: service_healthy}}
    develop:
      watch: [{action: sync, path: src, target: /app}, {action: rebuild, path: recipe}]
  gate:
    image: busybox
    command: sleep 1000
    init: true
    stop_grace_period: 0s
    healthcheck: {test: test -e /open, interval: 1s, retries: 1000}
`,
    );
    mkdirSync(at('up/src'));
    const up = start(launcher, ['compose', '--ansi', 'never', 'up', '--watch'], {
      env: engine.env,
      cwd: at('up'),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    clear();
    for (const stream of [up.stdout, up.stderr])
      stream?.on('data', (chunk: Buffer) => void (output += chunk.toString()));
    try {
      await says('Attaching to app-1, gate-1\n');
      assert.match(output, /^ {8}⦿ Watch enabled\nAttaching/m);
      write('up/src/late', 'saved before the start\n');
      write('up/recipe', 'changed');
      await says('Syncing service "app" after');
      await until('what was saved is copied into a container that does not run yet', async () => {
        const { status } = await engine.request('HEAD', '/containers/upwatched-app-1/archive?path=/app/late');
        return status === 200;
      });
      const { stderr } = await lade(engine, ['compose', 'exec', 'gate', 'touch', '/open'], { cwd: at('up') });
      assert.equal(stderr, '');
      await says('app-1   | app is up\n');
      await says('app-1   | saved before the start\n');
      assert.match(output, /app-1 {3}\| saved during the build\n/);
      await says('Rebuilding service(s) ["app"]');
      await says('app-1 has been recreated\n');
      await until('it is up again', () => output.split('app is up').length === 3);
      const ended = once(up, 'exit');
      up.kill('SIGINT');
      assert.deepEqual(await ended, [130, null]);
    } finally {
      up.kill('SIGKILL');
      building.close();
    }
    const none = await lade(engine, ['compose', 'up', '--watch', 'gate'], { cwd: at('up') });
    assert.equal(none.status, 1);
    assert.match(none.stderr, /none of the selected services is configured for watch/);
  });

  test('what can not be watched is told', async () => {
    const told = async (compose: string): Promise<string> => {
      write('wrong.yaml', compose);
      const args = ['compose', '-f', 'wrong.yaml', 'watch', '--no-up'];
      const { status, stderr } = await lade(engine, args, { cwd: folder });
      assert.equal(status, 1);
      return stderr;
    };
    assert.match(
      await told('services: {a: {image: busybox}}'),
      /none of the selected services is configured for watch/,
    );
    assert.match(
      await told('services: {a: {image: busybox, develop: {watch: [{action: rebuild, path: .}]}}}'),
      /wrong\.yaml:1:\d+: can't watch service "a" with action rebuild without a build context/,
    );
  });
});
