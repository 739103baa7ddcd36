import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LogFollower } from './follow-log.ts';

const entry = (stream: string, text: string, tag = 'F'): string =>
  `2026-01-01T00:00:00.000000000+00:00 ${stream} ${tag} ${text}\n`;

test('tells what is appended, streams apart, unfinished lines joined', async () => {
  const directory = mkdtempSync('/tmp/lading-log-');
  const path = join(directory, 'log');
  writeFileSync(path, '');
  const told: [string, string][] = [];
  const log = new LogFollower(path, (stream, data) => told.push([stream, data.toString()]));
  appendFileSync(path, entry('stdout', 'one') + entry('stdout', 'two'));
  for (let tries = 0; told.length === 0 && tries < 100; tries += 1) await delay(5);
  assert.deepEqual(told, [['stdout', 'one\ntwo\n']], 'told while it runs');
  const [head, tail] = [entry('stderr', 'a b', 'P').slice(0, 40), entry('stderr', 'a b', 'P').slice(40)];
  appendFileSync(path, head);
  appendFileSync(path, tail + entry('stderr', ' c') + entry('stdout', ''));
  await log[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
  assert.equal(
    told
      .filter(([stream]) => stream === 'stderr')
      .map(([, text]) => text)
      .join(''),
    'a b c\n',
  );
  assert.equal(
    told
      .filter(([stream]) => stream === 'stdout')
      .map(([, text]) => text)
      .join(''),
    'one\ntwo\n\n',
  );
});

test('lets other work have its turn while it reads much', async () => {
  const directory = mkdtempSync('/tmp/lading-log-');
  const path = join(directory, 'log');
  writeFileSync(path, entry('stdout', 'x'.repeat(1000)).repeat(5000));
  let size = 0;
  let turns = 0;
  const log = new LogFollower(path, (_stream, data) => void (size += data.length));
  const timer = setInterval(() => (turns += 1), 0);
  await log[Symbol.asyncDispose]();
  clearInterval(timer);
  rmSync(directory, { recursive: true });
  assert.equal(size, 5000 * 1001);
  assert.ok(turns > 0);
});
