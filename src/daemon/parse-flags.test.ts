import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseFlags } from './parse-flags.ts';

const directory = mkdtempSync(join(tmpdir(), 'daemon-flags-'));
after(() => rmSync(directory, { recursive: true }));

function withFile(content: unknown, ...flags: string[]) {
  const path = join(directory, 'engine.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  const settings = parseFlags(['--config-file', path, ...flags]);
  assert.ok(typeof settings !== 'string');
  return settings;
}

test('an engine with a name of its own has roots of its own', () => {
  const { dataRoot, runRoot, hosts } = withFile({}, '--name', 'other');
  assert.deepEqual(
    { dataRoot, runRoot, hosts },
    {
      dataRoot: '/var/lib/lading-other',
      runRoot: '/run/lading-other',
      hosts: ['unix:///run/lading-other/engine.sock'],
    },
  );
});

test("reads the keys of Docker's daemon.json, flags win", () => {
  const file = {
    'data-root': '/d',
    'exec-root': '/r',
    'log-level': 'warn',
    'registry-mirrors': ['http://m'],
    mirrors: { 'quay.io': ['http://q'] },
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '5m', 'max-file': '3' },
    dns: ['1.1.1.1'],
    'live-restore': true,
    bridge: 'br0',
    'https-proxy': 'http://p:1',
    proxies: { 'no-proxy': 'x' },
    tls: null,
  };
  const settings = withFile(file, '--data-root', '/e/');
  assert.partialDeepStrictEqual(settings, {
    dataRoot: '/e',
    runRoot: '/r',
    logLevel: 'warn',
    mirrors: { 'docker.io': ['http://m'], 'quay.io': ['http://q'] },
    log: { driver: 'json-file', options: { 'max-size': '5m', 'max-file': '3' } },
    logMaxSize: 5 << 20,
    logMaxFile: 3,
    dns: { servers: ['1.1.1.1'] },
    proxies: { https_proxy: 'http://p:1', HTTPS_PROXY: 'http://p:1', no_proxy: 'x', NO_PROXY: 'x' },
    withoutEffect: ['bridge'],
  });
});

test('a file without content says nothing', () => {
  for (const content of ['', ' \n', '{}']) assert.deepEqual(withFile(content), withFile({}));
});

test('refuses what is wrong in one line that names the place', () => {
  const cases: [unknown, RegExp][] = [
    [
      { 'data-rot': '/x', zzzz: 1 },
      /engine\.json: the following directives don't match any configuration option: data-rot \(did you mean data-root\?\), zzzz$/,
    ],
    [{ 'max-concurrent-uploads': 0 }, /max-concurrent-uploads: want a number from 1 on$/],
    [{ labels: ['a'] }, /^bad attribute format: a$/],
    [{ labels: ['a=b', 'a=c'] }, /^conflict labels for a=c and a=b$/],
    [
      { 'default-ulimits': { nofile: { Name: 'core', Soft: 1, Hard: 1 } } },
      /default-ulimits: want an object with /,
    ],
    [{ 'default-ipc-mode': 'host' }, /^default-ipc-mode: want private or shareable, got "host"$/],
    [{ 'seccomp-profile': '/nope' }, /^seccomp-profile: \/nope: ENOENT/],
    [{ ip: '::1' }, /^ip: want an IPv4 address, got "::1"$/],
    [{ mtu: 10 }, /^mtu: must be between 68 and 65535, got 10$/],
    [{ proxies: { ftp: 'x' } }, /^proxies: unknown key ftp: want http-proxy, https-proxy, no-proxy$/],
    [{ 'authorization-plugins': ['x'] }, /authorization plugins are not supported/],
    [
      { tlsverify: true, tlscert: '/nope' },
      /^invalid TLS configuration: --tlscert \/nope: no such file or directory$/,
    ],
    [{ hosts: ['tcp://0.0.0.0:1'] }, /^refusing to listen on tcp:\/\/0\.0\.0\.0:1: /],
    [{ hosts: ['foo://x'] }, /^invalid host "foo:\/\/x"/],
    [{ hosts: 'unix:///x' }, /engine\.json: hosts: want a list of strings$/],
    [{ 'userns-remap': 'default' }, /engine\.json: userns-remap: not supported by this engine$/],
    [{ 'log-level': 'loud' }, /log-level: want debug, info, warn or error, got "loud"$/],
    [[], /engine\.json: want a JSON object$/],
    ['{"debug": tru}', /engine\.json:1:14: Unexpected token '}'$/],
    ['{\n  "debug": true,\n}', /engine\.json:3:1: Expected double-quoted property name$/],
    ['{"debug": true', /engine\.json:1:15: Expected ',' or '}' after property value$/],
    ['[1', /engine\.json:1:\d+: Expected ',' or '\]' after array element$/],
  ];
  for (const [content, message] of cases)
    assert.throws(
      () => withFile(content),
      (error: Error) => {
        assert.match(error.message, message);
        return true;
      },
    );
  assert.throws(() => parseFlags(['--hots', 'x']), { message: 'unknown flag: --hots (did you mean host?)' });
  assert.throws(() => parseFlags(['--config-file', '/nosuch']), {
    message: '/nosuch: no such settings file',
  });
  assert.throws(() => parseFlags(['--data-root', 'x']), /data-root: want an absolute path, got "x"/);
});

test('booleans are taken as Docker takes them; --validate and --version start nothing', () => {
  assert.equal(withFile({ debug: true }, '--experimental=true').experimental, true);
  assert.equal(withFile({ experimental: true }, '--experimental=false').experimental, false);
  assert.equal(parseFlags(['--validate']), 'valid');
  assert.equal(parseFlags(['--version']), 'version');
  assert.throws(() => parseFlags(['--validate', '--host', 'x://y']), /invalid host/);
});

test('the host may be reached at other addresses than that of the bridge', () => {
  const gateways = (file: object) => withFile(file).defaultBridge.hostGateways;
  assert.deepEqual(gateways({ 'host-gateway-ip': '6.7.8.9' }), ['6.7.8.9']);
  assert.deepEqual(gateways({ 'host-gateway-ips': ['6.7.8.9', 'fd00::1'] }), ['6.7.8.9', 'fd00::1']);
  assert.throws(
    () => gateways({ 'host-gateway-ips': ['me'] }),
    /host-gateway-ips: want IP addresses, got "me"/,
  );
});
