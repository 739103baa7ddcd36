import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { exec } from '../../src/lib/exec.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';

const echoServer =
  'use IO::Socket::INET; $| = 1; my $s = IO::Socket::INET->new(LocalPort => 81, Proto => "udp"); ' +
  'while ($s->recv(my $data, 100)) { $s->send("$data!") }';
const askFor = (address: string, port: number): string =>
  `use IO::Socket::INET; my $s = IO::Socket::INET->new(PeerAddr => "${address}:${port}", Proto => "udp"); ` +
  '$SIG{ALRM} = sub { die }; alarm 3; $s->send("ping"); $s->recv(my $data, 100); print $data';

/** An address of this host that is not loopback. */
const hostAddress = Object.entries(networkInterfaces())
  .filter(([name]) => !/^(lo|lx|br|docker|veth)/.test(name))
  .flatMap(([, addresses]) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

describe('published ports', needs('root', 'busybox', 'debian'), () => {
  let engine: TestEngine;
  let tcp = 0;
  let udp = 0;
  let local = 0;

  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
    await engine.load('debian');
    await run('web', ['sh', '-c', 'echo hello >/index.html; exec httpd -f -h /'], {
      PortBindings: { '80/tcp': [{ HostPort: '' }, { HostIp: '127.0.0.1', HostPort: '' }] },
    });
    const image = 'debian:bookworm-slim';
    await run('echo', ['perl', '-e', echoServer], { PortBindings: { '81/udp': [{ HostPort: '' }] } }, image);
    const web = await portsOf('web', '80/tcp');
    tcp = Number(web.find(({ HostIp }) => HostIp === '0.0.0.0')?.HostPort);
    local = Number(web.find(({ HostIp }) => HostIp === '127.0.0.1')?.HostPort);
    udp = Number((await portsOf('echo', '81/udp'))[0]?.HostPort);
  });
  after(() => engine?.[Symbol.asyncDispose]());

  async function run(name: string, Cmd: string[], HostConfig: object, Image = 'busybox'): Promise<void> {
    const created = await engine.request('POST', `/containers/create?name=${name}`, {
      Image,
      Cmd,
      HostConfig,
    });
    assert.equal(created.status, 201, created.body);
    const started = await engine.request('POST', `/containers/${name}/start`);
    assert.equal(started.status, 204, started.body);
  }

  async function portsOf(name: string, port: string): Promise<{ HostIp: string; HostPort: string }[]> {
    const { body } = await engine.request('GET', `/containers/${name}/json`);
    type Answer = {
      NetworkSettings: { Ports: Record<string, { HostIp: string; HostPort: string }[] | undefined> };
    };
    return (JSON.parse(body) as Answer).NetworkSettings.Ports[port] ?? [];
  }

  /** What a new container prints, without what is around it. */
  async function outputOf(Image: string, Cmd: string[], NetworkMode: string): Promise<string> {
    const name = `ask-${Math.random().toString(36).slice(2)}`;
    await run(name, Cmd, { NetworkMode }, Image);
    await engine.request('POST', `/containers/${name}/wait`);
    const { body } = await engine.request('GET', `/containers/${name}/logs?stdout=1`);
    await engine.request('DELETE', `/containers/${name}`);
    return body.replace(/^[^]{8}/, '').trim();
  }

  const get = async (address: string, port: number): Promise<string> =>
    (await fetch(`http://${isIPv6(address) ? `[${address}]` : address}:${port}/`)).text();

  /** Asks again and again: a server that has just started may not be there yet. */
  async function ask(address: string): Promise<string> {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const send = (): void => socket.send('ping', udp, address);
    const timer = setInterval(send, 100);
    try {
      send();
      const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(3000) })) as [Buffer];
      return answer.toString();
    } finally {
      clearInterval(timer);
      socket.close();
    }
  }

  for (const address of ['127.0.0.1', '::1', ...(hostAddress ? [hostAddress] : [])])
    test(`answer at ${address}`, async () => {
      assert.equal(await get(address, tcp), 'hello\n');
      assert.equal(await ask(address), 'ping!');
    });

  test('are reached from other containers, whatever their network', async () => {
    const address = hostAddress ?? '127.0.0.1';
    await engine.request('POST', '/networks/create', { Name: 'other' });
    for (const mode of ['bridge', 'other', 'host', 'container:web']) {
      const url = `http://${address}:${tcp}/`;
      assert.equal(await outputOf('busybox', ['wget', '-qO-', url], mode), 'hello', mode);
      const line = ['perl', '-e', askFor(address, udp)];
      assert.equal(await outputOf('debian:bookworm-slim', line, mode), 'ping!', mode);
    }
  });

  test('of 127.0.0.1 are not reached from elsewhere', async () => {
    assert.equal(await get('127.0.0.1', local), 'hello\n');
    if (hostAddress) await assert.rejects(get(hostAddress, local), /fetch failed/);
  });

  test('answer on when the engine was killed, and after a restart of the container', async () => {
    await engine.stop('SIGKILL');
    await engine.start();
    assert.equal(await get('127.0.0.1', tcp), 'hello\n');
    assert.equal(await ask('127.0.0.1'), 'ping!');
    await engine.request('POST', '/containers/echo/restart?t=0');
    udp = Number((await portsOf('echo', '81/udp'))[0]?.HostPort);
    assert.equal(await ask('127.0.0.1'), 'ping!');
  });

  test('leave neither a rule nor a listener', async () => {
    await engine.request('DELETE', '/containers/web?force=1');
    await engine.request('DELETE', '/containers/echo?force=1');
    await assert.rejects(get('127.0.0.1', tcp), /fetch failed/);
    const { stdout } = await exec('nft', ['list', 'table', 'inet', engine.name]);
    assert.doesNotMatch(stdout, new RegExp(`\\b(${tcp}|${udp}|${local})\\b`));
  });
});
