import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHost, parseHost } from './host.ts';

test('hosts of every kind are parsed and printed', () => {
  for (const text of [
    'unix:///run/x.sock',
    'tcp://127.0.0.1:2375',
    'tcp://[::1]:80',
    'ssh://host',
    'ssh://me@host:2222/run/x.sock',
    'ssh://[::1]:22',
  ])
    assert.equal(formatHost(parseHost(text)), text);
  assert.deepEqual(parseHost('tcp://h', { verify: true }), {
    kind: 'tcp',
    hostname: 'h',
    port: 2376,
    tls: { verify: true },
  });
  assert.deepEqual(parseHost('http://h/x'), { kind: 'tcp', hostname: 'h', port: 2375 });
  assert.deepEqual(parseHost('https://h'), { kind: 'tcp', hostname: 'h', port: 2376, tls: { verify: true } });
});

test('what would become an option of ssh, or a password in the open, is refused', () => {
  assert.throws(() => parseHost('ssh://-oProxyCommand=x@host'), /a name must not begin with -/);
  assert.throws(() => parseHost('ssh://-oProxyCommand=x'), /unable to parse docker host/);
  assert.throws(() => parseHost('ssh://me:secret@host'), /plain-text password is not supported/);
  assert.throws(() => parseHost('ftp://host'), /unsupported docker host scheme `ftp`/);
  assert.throws(() => parseHost('nonsense'), /unable to parse docker host `nonsense`/);
});
