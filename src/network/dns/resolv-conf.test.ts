import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgeResolvConf, externalServers, internalResolvConf, parseResolvConf } from './resolv-conf.ts';

const host = parseResolvConf(`# comment
nameserver 10.0.0.53   ; trailing
nameserver not-an-address
search corp.example lan
options edns0 timeout:2
`);
const local = parseResolvConf('nameserver 127.0.0.53\nnameserver ::1\n');

/** Without the heading, which names us where Docker's names Docker. */
const body = (text: string) => text.split('\n').slice(4).join('\n');

test('a container with names asks the engine, as Docker writes it', () => {
  assert.equal(
    body(internalResolvConf({}, host)),
    `nameserver 127.0.0.11
search corp.example lan
options edns0 timeout:2 ndots:0

# Based on host file: '/etc/resolv.conf' (internal resolver)
# ExtServers: [host(10.0.0.53)]
# Overrides: []
# Option ndots from: internal
`,
  );
});

test('what the container asks for comes before what the host has', () => {
  const dns = { servers: ['9.9.9.9'], search: ['a.b'], options: ['ndots:3'] };
  assert.equal(
    body(internalResolvConf(dns, host)),
    `nameserver 127.0.0.11
search a.b
options ndots:3

# Based on host file: '/etc/resolv.conf' (internal resolver)
# ExtServers: [9.9.9.9]
# Overrides: [nameservers search options]
# Option ndots from: override
`,
  );
  assert.deepEqual(externalServers(dns, host), ['9.9.9.9']);
});

test('a search list of one dot is none', () => {
  assert.doesNotMatch(internalResolvConf({ search: ['.'] }, host), /^search/m);
});

test('a container of the default bridge asks servers that it can reach', () => {
  assert.match(bridgeResolvConf({}, host), /^nameserver 10\.0\.0\.53$/m);
  assert.doesNotMatch(bridgeResolvConf({}, local), /^nameserver (?:127|::1)/m);
  assert.match(bridgeResolvConf({}, local), /^nameserver \S+$/m);
  assert.match(
    bridgeResolvConf({ servers: ['127.0.0.1'] }, host),
    /^nameserver 127\.0\.0\.1$/m,
    'as asked for',
  );
});
