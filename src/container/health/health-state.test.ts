import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Health, HealthProbe } from '../types.ts';
import { afterProbe, healthAfterExit, healthPlan, probeDelay, startingHealth } from './health-state.ts';

const startedAt = new Date(0);
const plan = healthPlan({ Test: ['CMD', 'x'], Retries: 2, StartPeriod: 10e9, Interval: 2e9 });
assert.ok(plan);

const probeAt = (seconds: number, exitCode: number): HealthProbe => ({
  start: new Date(seconds * 1000),
  end: new Date(seconds * 1000 + 5),
  exitCode,
  output: `${seconds}`,
});

const after = (...probes: [seconds: number, exitCode: number][]): Health =>
  probes.reduce<Health>(
    (health, [seconds, code]) => afterProbe(health, probeAt(seconds, code), plan, startedAt),
    startingHealth,
  );

test('failures in the start period do not count until the first success', () => {
  assert.deepEqual(after([1, 1], [2, 1], [3, 1]), {
    status: 'starting',
    failingStreak: 0,
    log: [probeAt(1, 1), probeAt(2, 1), probeAt(3, 1)],
  });
  assert.equal(after([1, 0]).status, 'healthy');
  assert.equal(after([1, 0], [2, 1]).status, 'healthy');
  assert.equal(after([1, 0], [2, 1], [3, 1]).status, 'unhealthy');
});

test('after the start period the retries decide, one success heals', () => {
  assert.deepEqual([after([11, 1]).status, after([11, 1]).failingStreak], ['starting', 1]);
  assert.equal(after([11, 1], [12, -1]).status, 'unhealthy');
  assert.deepEqual(
    [after([11, 1], [12, 1], [13, 0]).status, after([11, 1], [12, 1], [13, 0]).failingStreak],
    ['healthy', 0],
  );
});

test('five probes are kept', () => {
  const { log } = after([11, 0], [12, 0], [13, 0], [14, 0], [15, 0], [16, 0]);
  assert.deepEqual(
    log.map(({ output }) => output),
    ['12', '13', '14', '15', '16'],
  );
});

test('probing is quicker while starting', () => {
  assert.equal(probeDelay(startingHealth, plan, startedAt, new Date(1000)), 5000);
  assert.equal(probeDelay(startingHealth, plan, startedAt, new Date(10_000)), 2000);
  assert.equal(probeDelay(after([1, 0]), plan, startedAt, new Date(1000)), 2000);
});

test('there is no plan without a test, and Docker’s defaults with one', () => {
  assert.equal(healthPlan(undefined), undefined);
  assert.equal(healthPlan({ Test: ['NONE'] }), undefined);
  assert.equal(healthPlan({ Interval: 5 }), undefined);
  assert.deepEqual(healthPlan({ Test: ['CMD-SHELL', 'true'] }), {
    test: ['CMD-SHELL', 'true'],
    interval: 30_000,
    timeout: 30_000,
    startPeriod: 0,
    startInterval: 5000,
    retries: 3,
  });
});

test('a container that ended is not healthy', () => {
  const health = after([1, 0]);
  const state = { status: 'running', pid: 1, startedAt, health } as const;
  assert.equal(healthAfterExit(state)?.status, 'unhealthy');
  assert.equal(healthAfterExit({ status: 'created' }), undefined);
});
