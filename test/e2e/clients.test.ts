import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exec } from '../../src/lib/exec.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';

describe('clients of all manners', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  let directory = '';
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lade-clients-'));
    engine = await startTestEngine();
    await engine.load('busybox');
    await create('box', { Cmd: ['sleep', '1000'] });
    await engine.request('POST', '/containers/box/start');
  });
  after(async () => {
    await engine?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  async function create(name: string, body: object): Promise<void> {
    const { status, body: said } = await engine.request('POST', `/containers/create?name=${name}`, {
      Image: 'busybox',
      ...body,
    });
    assert.equal(status, 201, said);
  }

  /** The names in a container's archive of a path, as the system's tar reads them. */
  async function namesIn(path: string): Promise<string[]> {
    const url = `http://engine/containers/box/archive?path=${encodeURIComponent(path)}`;
    const file = join(directory, 'archive.tar');
    await exec('curl', ['-sSf', '--unix-socket', engine.socket, '-o', file, url]);
    return (await exec('tar', ['-tf', file])).stdout.trim().split('\n');
  }

  test('the root of a running container is copied, without the file systems of the kernel', async () => {
    const names = await namesIn('/');
    assert.ok(names.includes('/bin/busybox') && names.includes('/proc/'));
    assert.deepEqual(
      names.filter((name) => /^\/(proc|sys|dev)\/./.test(name)),
      [],
    );
    assert.deepEqual(await namesIn('/proc'), ['proc/']);
  });

  test('a link that leads nowhere is told with its target', async () => {
    const made = await engine.request('POST', '/containers/box/exec', {
      Cmd: ['ln', '-s', 'nosuch', '/tmp/link'],
      AttachStdout: true,
    });
    await engine.request('POST', `/exec/${(JSON.parse(made.body) as { Id: string }).Id}/start`, {});
    const { headers } = await engine.request('HEAD', '/containers/box/archive?path=/tmp/link');
    const stat = Buffer.from(String(headers['x-docker-container-path-stat']), 'base64').toString();
    assert.equal((JSON.parse(stat) as { linkTarget: string }).linkTarget, '/tmp/nosuch');
  });

  test('host and none are told like any network', async () => {
    for (const mode of ['host', 'none']) {
      await create(`in-${mode}`, { Cmd: ['sleep', '1000'], HostConfig: { NetworkMode: mode } });
      await engine.request('POST', `/containers/in-${mode}/start`);
      const network = JSON.parse((await engine.request('GET', `/networks/${mode}`)).body) as {
        Id: string;
        IPAM: object;
        Containers: Record<string, { Name: string }>;
      };
      const told = JSON.parse((await engine.request('GET', `/containers/in-${mode}/json`)).body) as {
        NetworkSettings: { Networks: Record<string, { NetworkID: string; EndpointID: string }> };
      };
      const endpoint = told.NetworkSettings.Networks[mode];
      assert.equal(endpoint?.NetworkID, network.Id);
      assert.match(endpoint.EndpointID, /^[0-9a-f]{64}$/);
      assert.deepEqual(
        Object.values(network.Containers).map(({ Name }) => Name),
        [`in-${mode}`],
      );
      assert.deepEqual(network.IPAM, { Driver: 'default', Options: null, Config: null });
    }
  });

  test('reserved addresses are kept, told, and given to nobody', async () => {
    const config = {
      Subnet: '10.213.77.0/29',
      Gateway: '10.213.77.1',
      AuxiliaryAddresses: { printer: '10.213.77.2' },
    };
    const made = await engine.request('POST', '/networks/create', {
      Name: 'small',
      IPAM: { Config: [config] },
    });
    assert.equal(made.status, 201, made.body);
    const { IPAM } = JSON.parse((await engine.request('GET', '/networks/small')).body) as {
      IPAM: object;
    };
    assert.deepEqual(IPAM, { Driver: 'default', Options: null, Config: [config] });
    await create('third', { Cmd: ['sleep', '9'], HostConfig: { NetworkMode: 'small' } });
    await engine.request('POST', '/containers/third/start');
    assert.match(
      (await engine.request('GET', '/containers/third/json')).body,
      /"IPAddress":"10\.213\.77\.3"/,
    );
  });

  test('the SDK of Python works, in old and new versions of the API', async (context) => {
    const python = '/usr/bin/python3';
    const found = await exec(python, ['-c', 'import docker'], { okStatus: [0, 1] }).catch(() => undefined);
    if (found?.status !== 0) return context.skip('python3-docker is not installed');
    for (const version of ['1.24', '1.40', 'auto']) {
      const { stdout } = await exec(python, [join(import.meta.dirname, 'sdk.py'), engine.host, version]);
      assert.equal(stdout, 'all well\n');
    }
  });

  /** Builds from a directory's archive, as clients do that know nothing of BuildKit. */
  async function classicBuild(
    files: Readonly<Record<string, string>>,
    query: string,
    headers: readonly string[] = [],
  ): Promise<string> {
    const context = mkdtempSync(join(directory, 'context-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(context, name), content);
    await exec('tar', ['-C', context, '-cf', `${context}.tar`, '.']);
    const given = ['content-type: application/x-tar', ...headers].flatMap((header) => ['-H', header]);
    const body = ['--data-binary', `@${context}.tar`, `http://engine/build?${query}`];
    return (await exec('curl', ['-sS', '--unix-socket', engine.socket, ...given, ...body])).stdout;
  }

  test('what a client packed is built, whatever the ignore file in it says', async () => {
    const dockerfile = 'FROM busybox\nCOPY . /c\nRUN ls -A /c | tr "\\n" " "\n';
    const files = { Dockerfile: dockerfile, '.dockerignore': 'data\nDockerfile\n', data: 'x' };
    assert.match(await classicBuild(files, ''), /\.dockerignore data "/);
    assert.match(
      await classicBuild({ ...files, '.dockerignore': '[' }, ''),
      /\.dockerignore Dockerfile data "/,
    );
  });

  test('what the classic builder of Docker does not look at is no reason to refuse a build', async () => {
    const files = { Dockerfile: 'FROM busybox\n' };
    assert.match(await classicBuild(files, 'outputs=null'), /^\{"stream":"Step 1\/1/);
    const told = await classicBuild(files, `outputs=${encodeURIComponent('[{"Type":"local"}]')}`);
    assert.match(told, /\[Warning\] outputs are ignored[^]*Successfully built/);
    const credentials = `x-registry-config: ${Buffer.from('[1]').toString('base64')}`;
    assert.match(await classicBuild(files, '', [credentials]), /Successfully built/);
  });

  test('a digest is no tag', async () => {
    const name = `x@sha256:${'0'.repeat(64)}`;
    assert.match(
      await classicBuild({ Dockerfile: 'FROM busybox\n' }, `t=${name}`),
      /build tag cannot contain a digest/,
    );
  });

  /** Takes over the connection of an attach to a container; what comes is kept in `seen`. */
  function attach(name: string): { socket: Socket; seen: () => string; ended: Promise<unknown> } {
    const socket = connect({ path: engine.socket, allowHalfOpen: true });
    let seen = '';
    socket.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')));
    const url = `/containers/${name}/attach?stream=1&stdin=1&stdout=1`;
    socket.write(
      `POST ${url} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n`,
    );
    return { socket, seen: () => seen, ended: once(socket, 'end') };
  }

  test('a program that reads only the beginning of its input ends well', async () => {
    await create('reader', { Cmd: ['head', '-c', '5'], OpenStdin: true, StdinOnce: true });
    const { socket, seen, ended } = attach('reader');
    await once(socket, 'data');
    await engine.request('POST', '/containers/reader/start');
    socket.write(Buffer.alloc(3 << 20, 'x'));
    await ended; // a reset would throw
    assert.match(seen(), /x{5}$/);
    socket.end();
  });

  test('detach keys that come to the engine leave the program alone', async () => {
    await create('typed', { Cmd: ['cat'], Tty: true, OpenStdin: true });
    await engine.request('POST', '/containers/typed/start');
    const { socket, seen, ended } = attach('typed');
    socket.write('abc\r');
    while (!seen().includes('abc\r\nabc')) await once(socket, 'data');
    socket.write('\u0010\u0011');
    await ended;
    socket.end();
    assert.match((await engine.request('GET', '/containers/typed/json')).body, /"Status":"running"/);
  });

  test('an engine that is asked to stop does so, whoever is still attached', async () => {
    await create('talker', { Cmd: ['cat'], Tty: true, OpenStdin: true });
    await engine.request('POST', '/containers/talker/start');
    const { socket } = attach('talker');
    socket.on('error', () => {});
    await sleep(200);
    const begun = performance.now();
    await engine.stop('SIGTERM');
    assert.ok(performance.now() - begun < 5000, 'the engine waits for clients');
    socket.destroy();
    await engine.start();
    assert.match((await engine.request('GET', '/containers/talker/json')).body, /"Status":"running"/);
  });
});
