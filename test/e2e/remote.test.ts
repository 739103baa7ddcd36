import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { findProgram } from '../../src/lib/compression.ts';
import { exec, start } from '../../src/lib/exec.ts';
import { makeAuthority } from './certificates.ts';
import { findDocker, launcher, needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade } from './lade.ts';

const anyStatus = Array.from({ length: 256 }, (_, status) => status);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'lade-remote-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function docker(env: NodeJS.ProcessEnv, args: readonly string[], input?: string) {
  const found = findDocker();
  if ('skip' in found) throw new Error(found.skip);
  const options = {
    env: { ...env, DOCKER_BUILDKIT: '0' },
    okStatus: anyStatus,
    signal: AbortSignal.timeout(30_000),
  };
  return exec(found.path, args, input === undefined ? options : { ...options, input });
}

test(
  'TLS: who has a certificate comes in, also with streams; who has none or another does not',
  needs('root', 'docker', 'busybox'),
  async (t) => {
    const directory = scratch(t);
    const [good, evil] = [await makeAuthority(directory, 'good'), await makeAuthority(directory, 'evil')];
    const [server, client, stranger] = [
      await good.sign('server'),
      await good.sign('client'),
      await evil.sign('client'),
    ];
    const port = await freePort();
    const files = ['--tlscacert', good.ca, '--tlscert', server.cert, '--tlskey', server.key];
    await using engine = await startTestEngine([
      '--host',
      `tcp://127.0.0.1:${port}`,
      '--tlsverify',
      ...files,
    ]);
    await engine.load('busybox');
    const pems = join(directory, 'client');
    mkdirSync(pems);
    for (const [from, to] of [
      [good.ca, 'ca.pem'],
      [client.cert, 'cert.pem'],
      [client.key, 'key.pem'],
    ] as const)
      copyFileSync(from, join(pems, to));
    const host = {
      ...process.env,
      DOCKER_HOST: `tcp://127.0.0.1:${port}`,
      LADE_HOST: '',
      DOCKER_CONFIG: directory,
    };
    const env = { ...host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: pems };
    const cat = ['run', '-i', '--rm', 'busybox', 'sh', '-c', 'cat; exit 3'];
    assert.partialDeepStrictEqual(await docker(env, cat, 'piped\n'), { status: 3, stdout: 'piped\n' });
    assert.partialDeepStrictEqual(await lade({ ...engine, env }, cat, { input: 'piped\n' }), {
      status: 3,
      stdout: 'piped\n',
    });
    const flags = ['--tlsverify', '--tlscacert', good.ca];
    const wrong = [...flags, '--tlscert', stranger.cert, '--tlskey', stranger.key];
    assert.match((await docker(host, [...wrong, 'ps'])).stderr, /certificate/);
    assert.match(
      (await lade({ ...engine, env: host }, [...wrong, 'ps'])).stderr,
      /^error during connect to tcp:/,
    );
    const untrusted = [
      '--tlsverify',
      '--tlscacert',
      evil.ca,
      '--tlscert',
      client.cert,
      '--tlskey',
      client.key,
    ];
    assert.match((await docker(host, [...untrusted, 'ps'])).stderr, /failed to verify certificate/);
    assert.match(
      (await lade({ ...engine, env: host }, [...untrusted, 'ps'])).stderr,
      /error during connect to tcp:.*certificate/,
    );
    assert.match(
      (await lade({ ...engine, env: host }, ['ps'])).stderr,
      /error during connect.*\(if the engine wants TLS: --tlsverify\)/,
    );
    await contextsAreShared({ ...engine, env: { ...host, DOCKER_HOST: undefined } }, port, {
      ca: good.ca,
      ...client,
    });
  },
);

/** Both command lines use the contexts that the other made. */
async function contextsAreShared(
  engine: TestEngine,
  port: number,
  tls: { ca: string; cert: string; key: string },
) {
  const endpoint = `host=tcp://127.0.0.1:${port},ca=${tls.ca},cert=${tls.cert},key=${tls.key}`;
  const ours = (...args: string[]) => lade(engine, args);
  assert.deepEqual(await ours('context', 'create', 'by-us', '--docker', endpoint), {
    status: 0,
    stdout: 'by-us\n',
    stderr: 'Successfully created context "by-us"\n',
  });
  assert.equal((await docker(engine.env, ['--context', 'by-us', 'ps', '-q'])).status, 0);
  assert.equal((await docker(engine.env, ['context', 'create', 'by-docker', '--from', 'by-us'])).status, 0);
  assert.equal((await ours('context', 'use', 'by-docker')).stdout, 'by-docker\n');
  assert.equal((await docker(engine.env, ['context', 'show'])).stdout, 'by-docker\n');
  assert.equal((await ours('ps', '-q')).status, 0);
  assert.match((await ours('context', 'rm', 'by-docker')).stderr, /is in use, set -f flag to force remove/);
  assert.equal((await ours('context', 'rm', '-f', 'by-docker', 'by-us')).status, 0);
  assert.match((await ours('--context', 'by-us', 'ps')).stderr, /context "by-us": context not found/);
}

test('sockets that the starter opened are listened on, each in its own way', needs('root'), async (t) => {
  const directory = scratch(t);
  const [path, port] = [join(directory, 's'), await freePort()];
  const [unix, tcp] = [createServer().listen(path), createServer().listen(port, '127.0.0.1')];
  await Promise.all([once(unix, 'listening'), once(tcp, 'listening')]);
  const fd = (server: Server): number => (server as unknown as { _handle: { fd: number } })._handle.fd;
  const roots = [
    '--name',
    `e2e-fd-${process.pid}`,
    '--data-root',
    join(directory, 'd'),
    '--run-root',
    join(directory, 'r'),
  ];
  const child = start(
    'sh',
    ['-c', 'LISTEN_PID=$$ LISTEN_FDS=2 exec "$@"', 'sh', launcher, 'engine', '--host', 'fd://', ...roots],
    {
      stdio: ['ignore', 'ignore', 'pipe', fd(unix), fd(tcp)],
    },
  );
  t.after(() => child.kill());
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  while (!log.includes('engine ready') && child.exitCode === null)
    await new Promise((next) => setTimeout(next, 20));
  renameSync(path, `${path}.kept`); // Node deletes what it closes
  unix.close();
  tcp.close();
  for (const where of [{ socketPath: `${path}.kept` }, { port }])
    assert.equal(await ping({ ...where, path: '/_ping', agent: false }), 'OK', log);
  child.kill();
  await once(child, 'exit');
  await exec(process.execPath, [join(import.meta.dirname, '../../scripts/purge-engine.ts'), ...roots]);
});

async function ping(options: RequestOptions): Promise<string> {
  const [response] = (await once(request(options).end(), 'response')) as [IncomingMessage];
  return text(response);
}

const sshd = process.env['SSHD'] ?? findProgram('sshd') ?? '/usr/sbin/sshd';
const noSshd = existsSync(sshd) && findProgram('ssh') ? false : 'needs ssh and sshd (SSHD)';
const needsSshd = { skip: needs('root', 'docker', 'busybox').skip || noSshd };

test('ssh: both command lines reach an engine on another machine', needsSshd, async (t) => {
  const directory = scratch(t);
  await using engine = await startTestEngine();
  await engine.load('busybox');
  const { host, env } = await startSshd(t, directory, engine.host);
  const bytes = join(directory, 'file');
  writeFileSync(bytes, 'content\n');
  for (const run of [
    (args: string[], input = '') => docker(env, args, input),
    (args: string[], input = '') => lade({ ...engine, env }, args, { input }),
  ]) {
    assert.partialDeepStrictEqual(
      await run(['run', '-i', '--rm', 'busybox', 'sh', '-c', 'cat; exit 4'], 'piped\n'),
      { status: 4, stdout: 'piped\n' },
    );
    assert.equal((await run(['create', '--name', 'far', 'busybox'])).status, 0);
    assert.equal((await run(['cp', bytes, 'far:/tmp/'])).status, 0);
    assert.match((await run(['cp', 'far:/tmp/file', '-'])).stdout, /content\n/);
    writeFileSync(join(directory, 'Dockerfile'), 'FROM busybox\nCOPY file /file\nRUN cat /file\n');
    assert.equal((await run(['build', '-q', '-t', 'far', directory])).status, 0);
    assert.equal((await run(['rm', '-f', 'far'])).status, 0);
  }
  assert.match(
    (await lade({ ...engine, env }, ['-H', `${host}/no.sock`, 'ps'])).stderr,
    /Cannot connect to the engine at unix:\/\/\/no\.sock/,
  );
});

/** A real sshd on loopback, whose users find `lade` and `docker` commands that talk to the engine. */
async function startSshd(t: TestContext, directory: string, engineHost: string) {
  const port = await freePort();
  const script = (path: string, text: string): void => {
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
  };
  for (const name of ['near', 'far']) mkdirSync(join(directory, name));
  for (const name of ['lade', 'docker'])
    script(join(directory, 'far', name), `LADE_HOST=${engineHost} exec ${launcher} "$@"`);
  for (const key of ['host', 'user'])
    await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, key)]);
  const ssh = findProgram('ssh') ?? 'ssh';
  const options = [
    'UserKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=no',
    'LogLevel=ERROR',
    'IdentitiesOnly=yes',
  ];
  script(
    join(directory, 'near/ssh'),
    `exec ${ssh} -F none -i ${directory}/user ${options.map((option) => `-o ${option}`).join(' ')} "$@"`,
  );
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${directory}/host`,
    `AuthorizedKeysFile ${directory}/user.pub`,
    'StrictModes no',
    'PermitRootLogin yes',
    'PidFile none',
    `SetEnv PATH=${directory}/far:/usr/sbin:/usr/bin:/bin`,
  ];
  writeFileSync(join(directory, 'sshd_config'), `${config.join('\n')}\n`);
  const child = start(sshd, ['-D', '-e', '-f', join(directory, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => child.kill());
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  while (!log.includes('listening')) {
    assert.equal(child.exitCode, null, log);
    await new Promise((next) => setTimeout(next, 20));
  }
  const host = `ssh://root@127.0.0.1:${port}`;
  const env = {
    ...process.env,
    DOCKER_HOST: host,
    LADE_HOST: '',
    PATH: `${directory}/near:${process.env['PATH']}`,
  };
  return { host, env: { ...env, DOCKER_CONFIG: directory } };
}
