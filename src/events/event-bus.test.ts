import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { migrate, openDatabase } from '../lib/database.ts';
import { openEventBus } from './event-bus.ts';
import { EventLog } from './event-log.ts';
import type { EngineEvent, EventBus, NewEvent } from './types.ts';

const dir = mkdtempSync(join(tmpdir(), 'lading-events-'));
after(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;
const freshDatabase = (): ReturnType<typeof openDatabase> => openDatabase(join(dir, `${files++}.db`));

const event = (action: string): NewEvent => ({
  type: 'container',
  action,
  actorId: 'abc',
  attributes: { name: 'x' },
});

async function take(source: AsyncIterable<EngineEvent>, count: number): Promise<string[]> {
  const actions: string[] = [];
  for await (const { action } of source) {
    actions.push(action);
    if (actions.length === count) break;
  }
  return actions;
}

function publishMany(bus: EventBus, from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => bus.publish(event(`a${from + index}`)).action);
}

test('times increase strictly, also over a reopened database whose clock ran ahead', () => {
  const database = freshDatabase();
  const bus = openEventBus({ database });
  const times = Array.from({ length: 500 }, () => bus.publish(event('tick')).timeNano);
  times.reduce((before, time) => {
    assert.ok(time > before);
    return time;
  });
  const future = BigInt(Date.now() + 3_600_000) * 1_000_000n;
  database.prepare('UPDATE events SET time = ? WHERE time = ?').run(future, times.at(-1) ?? 0n);
  assert.equal(openEventBus({ database }).publish(event('later')).timeNano, future + 1n);
});

test('a reader gets what was kept since a time and then what comes, with nothing between lost', async () => {
  const bus = openEventBus({ database: freshDatabase() });
  publishMany(bus, 0, 3);
  const since = bus.publish(event('first')).timeNano;
  const expected = ['first', ...publishMany(bus, 3, 603)];
  const reading = take(bus.read({ since, signal: new AbortController().signal }), 611);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expected.push(...publishMany(bus, 603, 613));
  assert.deepEqual(await reading, expected);
});

test('without since only events after the call are told, whenever reading begins', async () => {
  const bus = openEventBus({ database: freshDatabase() });
  publishMany(bus, 0, 3);
  const source = bus.read({ signal: new AbortController().signal });
  publishMany(bus, 3, 5);
  assert.deepEqual(await take(source, 2), ['a3', 'a4']);
});

test('reading ends by itself when until is past, and at until when it lies ahead', async () => {
  const bus = openEventBus({ database: freshDatabase() });
  publishMany(bus, 0, 2);
  const until = bus.publish(event('last')).timeNano;
  publishMany(bus, 2, 4);
  const signal = new AbortController().signal;
  assert.deepEqual(await take(bus.read({ since: 0n, until, signal }), 99), ['a0', 'a1', 'last']);
  const soon = BigInt(Date.now() + 30) * 1_000_000n;
  const reading = take(bus.read({ until: soon, signal }), 99);
  bus.publish(event('live'));
  assert.deepEqual(await reading, ['live']);
});

test('an abort ends a waiting reader', async () => {
  const bus = openEventBus({ database: freshDatabase() });
  const stop = new AbortController();
  const reading = take(bus.read({ signal: stop.signal }), 1);
  setTimeout(() => stop.abort(), 5);
  assert.deepEqual(await reading, []);
});

test('listeners are called at once and no more after they leave', () => {
  const bus = openEventBus({ database: freshDatabase() });
  const seen: string[] = [];
  const leave = bus.listen(({ action }) => seen.push(action));
  bus.publish(event('one'));
  leave();
  bus.publish(event('two'));
  assert.deepEqual(seen, ['one']);
});

test('what an earlier version kept is still told, and nothing is ever pruned', async () => {
  const database = freshDatabase();
  migrate(database, 'events', EventLog.migrations.slice(0, 1));
  const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?)');
  for (const [time, action] of [
    [1000n, 'create'],
    [2000n, 'start'],
  ] as const)
    insert.run(time, 'container', action, 'abc', '{"name":"x","image":"y"}');
  const bus = openEventBus({ database });
  const attributes = { name: 'x', exitCode: '3', image: 'y' };
  bus.publish({ type: 'container', action: 'die', actorId: 'abc', attributes });
  const until = BigInt(Date.now() + 1) * 1_000_000n;
  const told: EngineEvent[] = [];
  for await (const each of bus.read({ since: 0n, until, signal: new AbortController().signal }))
    told.push(each);
  assert.deepEqual(
    told.map(({ timeNano: _time, ...rest }) => rest),
    [
      { type: 'container', action: 'create', actorId: 'abc', attributes: { name: 'x', image: 'y' } },
      { type: 'container', action: 'start', actorId: 'abc', attributes: { name: 'x', image: 'y' } },
      { type: 'container', action: 'die', actorId: 'abc', attributes },
    ],
  );
});

test('an event costs few bytes on the disk, however much its object has to tell', () => {
  const database = freshDatabase();
  const bus = openEventBus({ database });
  const labels = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`com.example.label-${n}`, 'x'.repeat(80)]),
  );
  for (let n = 0; n < 2_000; n += 1)
    bus.publish({
      type: 'container',
      action: n % 2 === 0 ? 'start' : 'die',
      actorId: `${n % 20}`.padStart(64, '0'),
      attributes: { ...labels, name: 'x', ...(n % 2 === 1 && { exitCode: '0', execDuration: '1' }) },
    });
  const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
  assert.ok((pages * 4096) / 2_000 < 100, `${(pages * 4096) / 2_000} bytes for each`);
});

test('reading what is long past does not hold up what happens', async () => {
  const bus = openEventBus({ database: freshDatabase() });
  publishMany(bus, 0, 5_000);
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  const until = BigInt(Date.now() + 1) * 1_000_000n;
  assert.equal(
    (await take(bus.read({ since: 0n, until, signal: new AbortController().signal }), 9_999)).length,
    5_000,
  );
  clearInterval(timer);
  assert.ok(turns >= 5, `${turns} turns`);
});

test('passing events are forgotten after a day, all others are kept', () => {
  const database = freshDatabase();
  const bus = openEventBus({ database });
  bus.publish(event('start'));
  bus.publish({ ...event('exec_start: probe'), passing: true });
  const twoDays = 2n * 86_400_000_000_000n;
  database.prepare('UPDATE events SET time = time - ?').run(twoDays);
  for (let count = 0; count < 1000; count += 1) bus.publish({ ...event('exec_die'), passing: true });
  const old = new EventLog(database).page(0n, BigInt(Date.now() - 86_400_000) * 1_000_000n, 10);
  assert.deepEqual(
    old.map(({ action }) => action),
    ['start'],
  );
});
