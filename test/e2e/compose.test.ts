import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade, type Ran } from './lade.ts';

const file = `
services:
  web:
    image: busybox
    command: httpd -f -h /www
    stop_grace_period: 0s
    volumes: ["content:/www"]
    ports: ["80"]
    depends_on:
      init: {condition: service_completed_successfully}
      db: {condition: service_healthy}
  db:
    build: {context: ., args: [WORD]}
    command: sh -c 'sleep 0.3; touch /ready; exec sleep 1000'
    environment: {MODE: "\${MODE:-plain}"}
    stop_grace_period: 0s
    healthcheck: {test: "test -f /ready", interval: 100ms, start_period: 5s, start_interval: 100ms}
  init:
    image: busybox
    command: sh -c 'echo hello > /www/index.html; echo initialised'
    volumes: ["content:/www"]
  check:
    image: busybox
    profiles: [tools]
    depends_on: [web]
    entrypoint: [sh, -c]
    command: ["wget -qO- http://web/index.html && exit 4"]
volumes: {content: {}}
`;

describe('lade compose', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  const folder = mkdtempSync(join(tmpdir(), 'shop-'));
  const compose = (...args: string[]): Promise<Ran> =>
    lade(engine, ['compose', '-p', 'shop', ...args], { cwd: folder });
  const ok = async (...args: string[]): Promise<Ran> => {
    const ran = await compose(...args);
    assert.equal(ran.status, 0, `compose ${args.join(' ')}: ${ran.stderr}`);
    return ran;
  };
  const ids = async (): Promise<Record<string, string>> => {
    const { stdout } = await ok('ps', '-a', '--format', '{{.Service}} {{.ID}}');
    return Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    );
  };

  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
    writeFileSync(join(folder, 'compose.yaml'), file);
    writeFileSync(join(folder, 'Dockerfile'), 'FROM busybox\nARG WORD=none\nRUN echo $WORD > /word\n');
    writeFileSync(join(folder, '.env'), 'WORD=from-env-file\n');
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await engine?.[Symbol.asyncDispose]();
  });

  test('up builds, waits for conditions and leaves everything running', async () => {
    const { stderr } = await ok('up', '-d');
    assert.match(stderr, /Container shop-db-1 {2}Healthy[\s\S]*Container shop-web-1 {2}Started/);
    assert.equal((await ok('exec', '-T', 'db', 'cat', '/word')).stdout, 'from-env-file\n');
    const address = (await ok('port', 'web', '80')).stdout.trim().replace('0.0.0.0', '127.0.0.1');
    assert.equal(await (await fetch(`http://${address}/`)).text(), 'hello\n');
  });

  test('a second up changes nothing; a changed service alone is recreated', async () => {
    const first = await ids();
    await ok('up', '-d');
    assert.deepEqual(await ids(), first);
    writeFileSync(join(folder, '.env'), 'WORD=from-env-file\nMODE=other\n');
    await ok('up', '-d');
    const second = await ids();
    assert.notEqual(second['db'], first['db']);
    assert.deepEqual([second['web'], second['init']], [first['web'], first['init']]);
    assert.equal((await ok('exec', '-T', 'db', 'sh', '-c', 'echo $MODE')).stdout, 'other\n');
  });

  test('run gives the status of the program and removes its container', async () => {
    const { status, stdout } = await compose('run', '--rm', 'check');
    assert.deepEqual([status, stdout], [4, 'hello\n']);
    assert.equal(Object.keys(await ids()).includes('check'), false);
  });

  test('logs have the name of their service in front', async () => {
    assert.match((await ok('logs', 'init')).stdout, /^(init-1 {2}\| initialised\n)+$/); // once for each up
  });

  test('up of one service ends with its status', async () => {
    const { status, stdout } = await compose(
      '--profile',
      'tools',
      'up',
      '--abort-on-container-exit',
      'check',
    );
    assert.equal(status, 4);
    assert.match(stdout, /check-1 {2}\| hello\ncheck-1 exited with code 4/);
  });

  test('stop and start keep the containers', async () => {
    const before = await ids();
    await ok('stop');
    assert.equal((await ok('ps', '-q')).stdout, '');
    await ok('start');
    assert.deepEqual(await ids(), before);
  });

  test('down leaves the volumes, down -v does not', async () => {
    const partly = await ok('down');
    assert.match(partly.stderr, /shop-check-1: it stays, .* is off: --profile tools takes it down/);
    assert.deepEqual(Object.keys(await ids()), ['check']);
    await ok('--profile', 'tools', 'down');
    const list = async (kind: string): Promise<string> =>
      (await lade(engine, [kind, 'ls', '--format', '{{.Name}}'])).stdout;
    assert.equal(await list('volume'), 'shop_content\n');
    assert.doesNotMatch(await list('network'), /shop/);
    await ok('down', '-v');
    assert.equal(await list('volume'), '');
  });

  test("a network of that name that is not the project's is not touched", async () => {
    await lade(engine, ['network', 'create', 'taken_default']);
    const { status, stderr } = await lade(engine, ['compose', '-p', 'taken', '-f', '-', 'up', '-d'], {
      cwd: folder,
      input: 'services:\n  a: {image: busybox}\n',
    });
    assert.equal(status, 1);
    assert.match(stderr, /a network with name taken_default exists but was not created by compose/);
    assert.match(
      stderr,
      /network taken_default was found but has incorrect label com\.docker\.compose\.network set to "" \(expected: "default"\)/,
    );
    await lade(engine, ['network', 'rm', 'taken_default']);
  });

  test('a service that never becomes healthy fails what waits for it', async () => {
    const { status, stderr } = await lade(engine, ['compose', '-p', 'sick', '-f', '-', 'up', '-d'], {
      cwd: folder,
      input:
        'services:\n  a: {image: busybox, depends_on: {b: {condition: service_healthy}}}\n  b: {image: busybox, command: sleep 100, stop_grace_period: 0s, healthcheck: {test: "exit 1", interval: 100ms, retries: 1}}\n',
    });
    assert.equal(status, 1);
    assert.match(stderr, /dependency failed to start: container sick-b-1 is unhealthy/);
    await lade(engine, ['compose', '-p', 'sick', '-f', '-', 'down'], {
      input: 'services: {a: {image: x}, b: {image: x}}',
    });
  });

  test('a port that is taken is told with its place and who has it', async () => {
    const server = createServer().listen(0, '0.0.0.0');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const input = `services:\n  a:\n    image: busybox\n    ports: ["${port}:80"]\n`;
    try {
      const { status, stderr } = await lade(engine, ['compose', '-p', 'taken', '-f', '-', 'up', '-d'], {
        input,
      });
      assert.equal(status, 1);
      const told = new RegExp(
        `^\\(stdin\\):4:13: .*address already in use \\(held by .*\\(pid ${process.pid}\\)\\)\\n  4 \\|`,
        'm',
      );
      assert.match(stderr, told);
    } finally {
      server.close();
      await lade(engine, ['compose', '-p', 'taken', '-f', '-', 'down'], { input });
    }
  });

  test('a mistake is told with its place, and nothing is made', async () => {
    const { status, stderr } = await lade(engine, ['compose', '-p', 'bad', '-f', '-', 'up', '-d'], {
      input: 'services:\n  a:\n    image: busybox\n    voluems: []\n',
    });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^\(stdin\):4:5: services\.a additional properties 'voluems' not allowed \(did you mean 'volumes'\?\)$/m,
    );
  });
});
