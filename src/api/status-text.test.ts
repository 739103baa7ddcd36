import assert from 'node:assert/strict';
import { test } from 'node:test';
import { humanDuration, statusText } from './status-text.ts';

const now = new Date('2026-01-01T12:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);

test("durations are as rough as Docker's", () => {
  const cases: [number, string][] = [
    [0.2, 'Less than a second'], [1, '1 second'], [59, '59 seconds'], [60, 'About a minute'], [180, '3 minutes'],
    [3600, 'About an hour'], [7200, '2 hours'], [86400 * 3, '3 days'], [86400 * 21, '3 weeks'], [86400 * 90, '3 months'],
    [86400 * 800, '2 years'],
  ]; // prettier-ignore
  for (const [seconds, text] of cases) assert.equal(humanDuration(seconds * 1000), text);
});

test('each state has its text', () => {
  const health = { status: 'healthy', failingStreak: 0, log: [] } as const;
  const ended = { exitCode: 137, startedAt: ago(500), finishedAt: ago(7200), error: '', oomKilled: false };
  assert.equal(statusText({ status: 'created' }, now), 'Created');
  assert.equal(
    statusText({ status: 'running', pid: 1, startedAt: ago(180), health }, now),
    'Up 3 minutes (healthy)',
  );
  assert.equal(
    statusText(
      { status: 'running', pid: 1, startedAt: ago(2), health: { ...health, status: 'starting' } },
      now,
    ),
    'Up 2 seconds (health: starting)',
  );
  assert.equal(statusText({ status: 'paused', pid: 1, startedAt: ago(180) }, now), 'Up 3 minutes (Paused)');
  assert.equal(statusText({ status: 'exited', ...ended }, now), 'Exited (137) 2 hours ago');
  assert.equal(
    statusText({ status: 'restarting', ...ended, finishedAt: ago(1) }, now),
    'Restarting (137) 1 second ago',
  );
});
