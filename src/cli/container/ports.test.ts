import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExposed, parsePublished } from './ports.ts';

const shown = (spec: string): string =>
  Object.entries(parsePublished([spec]).bindings)
    .map(
      ([port, bindings]) =>
        `${port} ${(bindings ?? []).map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}`).join(' ')}`,
    )
    .join(', ');

for (const [spec, expected] of [
  ['80', '80/tcp :'],
  ['8080:80', '80/tcp :8080'],
  ['8080:80/udp', '80/udp :8080'],
  ['127.0.0.1:8080:80', '80/tcp 127.0.0.1:8080'],
  ['127.0.0.1::80', '80/tcp 127.0.0.1:'],
  ['[::1]:8080:80', '80/tcp ::1:8080'],
  ['8000-8001:80-81', '80/tcp :8000, 81/tcp :8001'],
  ['8000-8009:80', '80/tcp :8000-8009'],
  ['80-81', '80/tcp :, 81/tcp :'],
  ['published=8080,target=80,protocol=udp', '80/udp :8080'],
  ['published=8080,target=80,protocol=UDP,mode=host', '80/udp :8080'],
  ['target=80', '80/tcp :'],
] as const) {
  test(`-p ${spec} publishes ${expected}`, () => assert.equal(shown(spec), expected));
}

for (const spec of [
  'target=80,x',
  '=80',
  'target=80=81',
  'target=80,protocol=icmp',
  '',
  'x',
  '80:',
  '70000:80',
  '80/icmp',
  '80-82:80-81',
  '81-80',
  'host:80:80',
  '1:2:3:4',
]) {
  test(`-p ${JSON.stringify(spec)} is refused`, () =>
    assert.throws(() => parsePublished([spec]), { kind: 'invalid' }));
}

test('two bindings of one port stay both', () => {
  assert.equal(parsePublished(['80:80', '81:80']).bindings['80/tcp']?.length, 2);
});
test('--expose takes ranges', () =>
  assert.deepEqual(Object.keys(parseExposed(['8000-8002/udp', '9'])), [
    '8000/udp',
    '8001/udp',
    '8002/udp',
    '9/tcp',
  ]));
test('--expose refuses a host port', () =>
  assert.throws(() => parseExposed(['80:80']), /invalid port format for --expose/));
