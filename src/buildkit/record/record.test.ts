import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildHistory } from '../../build/history/build-history.ts';
import { openDatabase } from '../../lib/database.ts';
import { digestOf } from '../../oci/digest.ts';
import { BuildChanges } from './build-changes.ts';
import { type ClientRecord, ClientRecords } from './client-records.ts';

const record: ClientRecord = {
  frontend: 'dockerfile.v0',
  attributes: { target: 'a' },
  exporters: [{ Type: 'image', Attrs: { name: 'x' } }],
  response: { a: 'b' },
  warnings: 2,
};

test('records come back as they were put, with all that was told', () => {
  using database = openDatabase(':memory:');
  void new BuildHistory(database);
  const records = new ClientRecords(database);
  const status = Buffer.from('status');
  const digest = digestOf(status);
  const failed = { ...record, error: { code: 2, message: 'm', status: status.toString('base64'), digest } };
  const logs = ['one', 'two'].map((msg) => ({ logs: [{ vertex: 'v', msg: Buffer.from(msg), stream: 1 }] }));
  const whole = records.put('a', failed, logs);
  assert.partialDeepStrictEqual(whole, failed);
  assert.deepEqual(records.get('a'), whole);
  assert.deepEqual(records.content(digest), status);
  const document = records.content(whole.logs?.digest ?? '');
  assert.equal(document?.length, whole.logs?.size);
  assert.equal(document?.readUInt32LE(0), (whole.logs?.size ?? 0) / 2 - 4); // two messages of one length
  assert.equal(records.content('sha256:none'), undefined);
  const told = records.told('a') ?? [];
  assert.deepEqual(
    told.flatMap((each) => each.logs ?? []).map(({ msg }) => String(msg)),
    ['one', 'two'],
  );
  records.remove('a');
  assert.equal(records.get('a'), undefined);
  assert.equal(records.told('a'), undefined);
});

test('of builds that the builder does not have on record the latest stay', () => {
  using database = openDatabase(':memory:');
  const history = new BuildHistory(database);
  const records = new ClientRecords(database);
  history.begin({ lineage: '', dockerfile: 'Dockerfile', target: '' }, 'known').end({});
  records.put('known', record, []);
  for (let number = 0; number < 70; number += 1) records.put(`other ${number}`, record, []);
  assert.ok(records.get('known'));
  assert.equal(records.get('other 5'), undefined);
  assert.ok(records.get('other 55'));
});

test('output without an end is left out, the rest is kept', () => {
  using database = openDatabase(':memory:');
  void new BuildHistory(database);
  const records = new ClientRecords(database);
  const piece = { logs: [{ vertex: 'v', msg: Buffer.alloc(1 << 20), stream: 1 }] };
  records.put('a', record, [
    ...Array.from({ length: 20 }, () => piece),
    { vertexes: [{ digest: 'd', name: 'last' }] },
  ]);
  const told = records.told('a') ?? [];
  assert.ok(told.flatMap(({ logs = [] }) => logs).length < 12);
  assert.equal(told.at(-1)?.vertexes?.[0]?.name, 'last');
});

test('who listens is told what comes from then on, until they stop', async () => {
  const changes = new BuildChanges();
  const stop = new AbortController();
  changes.tell({ type: 9 } as never);
  const coming = changes.listen(stop.signal);
  changes.tell({ type: 0 } as never);
  setTimeout(() => changes.tell({ type: 1 } as never), 5);
  setTimeout(() => stop.abort(), 20);
  const types: number[] = [];
  for await (const { type } of coming) types.push(type);
  assert.deepEqual(types, [0, 1]);
  await sleep(0);
});
