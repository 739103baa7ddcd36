import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFrontend } from './check-frontend.ts';
import { execLimits } from './exec-limits.ts';
import { shownAttributes, shownUrl } from './shown-url.ts';

test('limits of steps', () => {
  assert.deepEqual(execLimits({}), {});
  assert.deepEqual(
    execLimits({
      ulimit: 'nofile=1:2,core=-1',
      'cgroup-parent': '/x',
      hostname: 'h',
      memory: '1000',
      memswap: '-1',
      cpushares: '5',
      cpuperiod: '6',
      cpuquota: '7',
      cpusetcpus: '0-1,3',
      cpusetmems: '0',
    }),
    {
      ulimits: [
        { type: 'nofile', soft: 1, hard: 2 },
        { type: 'core', soft: -1, hard: -1 },
      ],
      cgroupParent: '/x',
      hostname: 'h',
      resources: {
        memory: 1000,
        memorySwap: -1,
        cpuShares: 5,
        cpuPeriod: 6,
        cpuQuota: 7,
        cpusetCpus: '0-1,3',
        cpusetMems: '0',
      },
    },
  );
});

for (const [attributes, message] of [
  [{ ulimit: 'nofile' }, /failed to parse ulimit: invalid ulimit argument: nofile/],
  [{ memory: '0' }, /invalid memory value: 0: must be > 0/],
  [{ memory: '1g' }, /invalid memory value: 1g/],
  [{ cpuquota: '-1' }, /invalid cpuquota value: -1/],
  [{ cpusetcpus: 'a' }, /invalid cpusetcpus value: a/],
] as const)
  test(`refuses ${JSON.stringify(attributes)}`, () => assert.throws(() => execLimits(attributes), message));

test('frontends', () => {
  checkFrontend('dockerfile.v0', {});
  for (const source of [
    'docker/dockerfile',
    'docker/dockerfile:1.7-labs',
    'docker.io/docker/dockerfile:1',
    'docker/dockerfile-upstream:master',
    `docker/dockerfile@sha256:${'a'.repeat(64)}`,
  ])
    checkFrontend('gateway.v0', { source });
  for (const source of ['x/dockerfile', 'docker/dockerfiles', 'docker/dockerfile/x'])
    assert.throws(() => checkFrontend('gateway.v0', { source }), /is not supported by this engine/);
  assert.throws(() => checkFrontend('other.v0', {}), /frontend other\.v0 is not supported/);
});

test('URLs are shown without credentials', () => {
  assert.equal(shownUrl('https://me:pass@host/x.git#a'), 'https://xxxxx@host/x.git#a');
  assert.equal(shownUrl('ssh://git@host/x'), 'ssh://git@host/x');
  assert.equal(shownUrl('docker-image://a@sha256:b'), 'docker-image://a@sha256:b');
  assert.deepEqual(shownAttributes({ context: 'http://a:b@c/', 'context:x': 'http://a@c/', filename: 'f' }), {
    context: 'http://xxxxx@c/',
    'context:x': 'http://xxxxx@c/',
    filename: 'f',
  });
});
