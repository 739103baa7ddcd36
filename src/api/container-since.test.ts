import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container } from '../container/types.ts';
import type { ContainerInspect } from '../wire/container.ts';
import { inspectSince, summarySince } from './container-since.ts';

test('newer clients see the health of every container in the list', () => {
  const container = { state: { status: 'exited' } } as unknown as Container;
  assert.deepEqual(summarySince(container, 51), {});
  assert.deepEqual(summarySince(container, 52), { Health: { Status: 'none', FailingStreak: 0 } });
});

test('newer clients see addresses by network only', () => {
  const view = {
    Config: { MacAddress: 'x', Image: 'i' },
    HostConfig: { KernelMemoryTCP: 1, Memory: 2 },
    NetworkSettings: { IPAddress: '172.17.0.2', SandboxID: 's', Networks: {} },
  } as unknown as ContainerInspect;
  assert.equal(inspectSince(view, 51), view);
  assert.deepEqual(inspectSince(view, 52), {
    Config: { Image: 'i' },
    HostConfig: { Memory: 2 },
    NetworkSettings: { SandboxID: 's', Networks: {} },
  });
});
