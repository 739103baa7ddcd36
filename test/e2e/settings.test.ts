import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exec } from '../../src/lib/exec.ts';
import { launcher, needs, startTestEngine, type TestEngine } from './harness.ts';

const infoOf = async (engine: TestEngine) =>
  JSON.parse((await engine.request('GET', '/info')).body) as {
    Labels: string[];
    Debug: boolean;
    RegistryConfig: { Mirrors: string[]; InsecureRegistryCIDRs: string[] };
  };

async function reload(engine: TestEngine, done: () => boolean | Promise<boolean>): Promise<void> {
  process.kill(engine.pid, 'SIGHUP');
  for (const deadline = Date.now() + 5_000; Date.now() < deadline && !(await done());)
    await new Promise((next) => setTimeout(next, 20));
}

test(
  'SIGHUP takes over what is new in the settings file, and tells it; a broken file changes nothing',
  needs('root'),
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'lade-settings-'));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const file = join(directory, 'daemon.json');
    const write = (settings: object | string): void =>
      writeFileSync(file, typeof settings === 'string' ? settings : JSON.stringify(settings));
    write({ labels: ['a=b'] });
    await using engine = await startTestEngine(['--config-file', file]);
    assert.deepEqual((await infoOf(engine)).Labels, ['a=b']);
    const since = String(Date.now() / 1000);
    write({
      labels: ['c=d'],
      debug: true,
      'registry-mirrors': ['http://127.0.0.1:5999'],
      'insecure-registries': ['10.1.0.0/16'],
      'max-concurrent-downloads': 7,
    });
    await reload(engine, async () => (await infoOf(engine)).Debug);
    const info = await infoOf(engine);
    assert.deepEqual(info.Labels, ['c=d']);
    assert.deepEqual(info.RegistryConfig.Mirrors, ['http://127.0.0.1:5999/']);
    assert.ok(info.RegistryConfig.InsecureRegistryCIDRs.includes('10.1.0.0/16'));
    const filters = encodeURIComponent('{"type":["daemon"],"event":["reload"]}');
    const { body } = await engine.request(
      'GET',
      `/events?since=${since}&until=${Date.now() / 1000 + 0.1}&filters=${filters}`,
    );
    assert.partialDeepStrictEqual(JSON.parse(body), {
      Type: 'daemon',
      Action: 'reload',
      Actor: {
        Attributes: {
          debug: 'true',
          labels: '["c=d"]',
          'max-concurrent-downloads': '7',
          'live-restore': 'true',
        },
      },
    });
    write('{"labels": 5');
    await reload(engine, () => readFileSync(engine.log, 'utf8').includes('settings are not read again'));
    assert.match(readFileSync(engine.log, 'utf8'), /settings are not read again: .*daemon\.json:1:13/);
    assert.deepEqual((await infoOf(engine)).Labels, ['c=d']);
  },
);

test(
  'containers and networks get what the settings file says where nobody says otherwise',
  needs('root', 'busybox'),
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'lade-settings-'));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const [file, profile] = [join(directory, 'daemon.json'), join(directory, 'seccomp.json')];
    writeFileSync(
      profile,
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
      }),
    );
    const settings = {
      'default-ulimits': { nofile: { Name: 'nofile', Soft: 511, Hard: 512 } },
      'no-new-privileges': true,
      'seccomp-profile': profile,
      init: true,
      icc: false,
      ip: '127.0.0.1',
      mtu: 1400,
      bip: '10.213.0.1/16',
      'fixed-cidr': '10.213.7.0/24',
      'default-network-opts': {
        bridge: { 'com.docker.network.driver.mtu': '1300', 'com.docker.network.enable_ipv6': 'true' },
      },
      features: { buildkit: false },
      'default-cgroupns-mode': 'private',
      proxies: { 'https-proxy': 'http://user:secret@127.0.0.1:9' },
    };
    writeFileSync(file, JSON.stringify(settings));
    await using engine = await startTestEngine(['--config-file', file]);
    await engine.load('busybox');

    async function output(command: string, host: object = {}): Promise<string> {
      const body = { Image: 'busybox', Cmd: ['sh', '-c', command], Tty: true, HostConfig: host };
      const created = await engine.request('POST', '/containers/create', body);
      const { Id } = JSON.parse(created.body) as { Id: string };
      assert.equal((await engine.request('POST', `/containers/${Id}/start`)).status, 204);
      await engine.request('POST', `/containers/${Id}/wait`);
      const { body: log } = await engine.request('GET', `/containers/${Id}/logs?stdout=1&stderr=1`);
      return log.replaceAll('\r', '');
    }

    const probe =
      "ulimit -n; grep NoNewPrivs /proc/self/status; mkdir /d 2>/dev/null || echo no; cat /proc/1/comm; cat /sys/class/net/eth0/mtu; ip -o -4 addr show eth0 | grep -o '10[.]213[.]7'";
    const byDefault = await output(probe);
    assert.match(
      byDefault,
      /^51[12]\nNoNewPrivs:\t1\nno\n(docker-init|tini|init|catatonit)\n1400\n10.213.7\n$/,
    );
    const asked = await output(probe, {
      Ulimits: [{ Name: 'nofile', Soft: 300, Hard: 300 }],
      SecurityOpt: ['no-new-privileges=false', 'seccomp=builtin'],
      Init: false,
    });
    assert.match(asked, /^300\nNoNewPrivs:\t0\nsh\n1400\n/);

    writeFileSync(join(directory, 'Dockerfile'), 'FROM busybox\nRUN readlink /proc/self/ns/cgroup >/group\n');
    await exec(launcher, ['build', '-q', '-t', 'group', directory], { env: engine.env });
    const { stdout } = await exec(launcher, ['run', '--rm', 'group', 'cat', '/group'], { env: engine.env });
    assert.match(stdout, /^cgroup:/);
    assert.notEqual(stdout.trim(), readlinkSync(`/proc/${engine.pid}/ns/cgroup`));

    const info = JSON.parse((await engine.request('GET', '/info')).body) as Record<string, unknown>;
    assert.deepEqual([info['HttpProxy'], info['HttpsProxy']], ['', 'http://xxxxx:xxxxx@127.0.0.1:9']);
    const url = encodeURIComponent('https://elsewhere.invalid/x');
    const imported = await engine.request('POST', `/images/create?fromSrc=${url}`);
    assert.match(imported.body, /dial tcp 127\.0\.0\.1:9: connect: connection refused/); // by way of the proxy
    assert.ok((info['SecurityOptions'] as string[]).includes('name=seccomp,profile=custom'));
    assert.equal((await engine.request('GET', '/_ping')).headers['builder-version'], '1');

    const bridge = JSON.parse((await engine.request('GET', '/networks/bridge')).body) as { Options: object };
    assert.partialDeepStrictEqual(bridge.Options, {
      'com.docker.network.bridge.enable_icc': 'false',
      'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1',
    });
    await engine.request('POST', '/networks/create', { Name: 'made' });
    const told = async (name: string): Promise<[boolean, object]> => {
      const { body } = await engine.request('GET', `/networks/${name}`);
      const { EnableIPv6, Options } = JSON.parse(body) as { EnableIPv6: boolean; Options: object };
      return [EnableIPv6, Options];
    };
    const mtu = { 'com.docker.network.driver.mtu': '1300' };
    assert.deepEqual(await told('made'), [true, { ...mtu, 'com.docker.network.enable_ipv6': 'true' }]);
    await engine.request('POST', '/networks/create', { Name: 'four', EnableIPv6: false });
    assert.deepEqual(await told('four'), [false, mtu]);
  },
);

test('an engine whose log takes nothing works on', needs('root'), async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'lade-settings-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const program = join(directory, 'lade');
  writeFileSync(program, `#!/bin/sh\nexec ${launcher} "$@" 2>/dev/full\n`, { mode: 0o755 });
  await using engine = await startTestEngine([], { program });
  process.kill(engine.pid, 'SIGHUP'); // tells that the settings were read again
  assert.equal((await infoOf(engine)).Debug, false);
});
