import assert from 'node:assert/strict';
import { expect, filters, type LazyCase } from '../case.ts';

const since = Math.floor(Date.now() / 1000) - 60;

export const systemCases: readonly LazyCase[] = [
  expect('GET /_ping', 200, { check: (body) => assert.equal(body, 'OK') }),
  expect('HEAD /_ping', 200),
  expect('GET /version', 200),
  expect('GET /info', 200),

  () => expect('GET /events', 200, { query: { since: String(since), until: now() } }),
  () =>
    expect('GET /events', 200, {
      query: { since: String(since), until: now(), ...filters({ type: ['container'], event: ['create'] }) },
      check: (body) => assert.ok(body.trim().split('\n').length >= 3, body),
    }),
  () =>
    expect('GET /events', 200, {
      query: { since: String(since), until: now(), ...filters({ type: ['container'], label: ['nosuch'] }) },
      check: (body) => assert.equal(body, ''),
    }),
  expect('GET /events', 200, { query: { until: '1', ...filters({ nosuch: ['x'] }) } }),
  expect('GET /events', 400, { query: { until: '1', filters: 'x' }, message: /^invalid filter/ }),
  expect('GET /events', 400, { query: { since: '9', until: '1' }, message: /^`since` time \(9\) cannot be after `until` time \(1\)$/ }),

  expect('GET /system/df', 200),
  ...(['container', 'image', 'volume', 'build-cache'] as const).map((type) =>
    expect('GET /system/df', 200, { query: { type } }),
  ),
  { ...expect('GET /system/df', 200, { query: { type: ['image', 'volume'] }, check: onlyAsked }), until: 51 },
  { ...expect('GET /system/df', 200, { query: { type: ['image', 'volume'], verbose: '1' }, check: onlyAskedTotals }), since: 52 },
  expect('GET /system/df', 400, { query: { type: 'x' }, message: /^unknown object type: x$/ }),

  ({ registry }) =>
    expect('POST /auth', 200, {
      body: { username: 'a', password: 'b', serveraddress: registry },
      check: (body) => assert.match(body, /Login Succeeded/),
    }),
  expect('POST /auth', 400, { body: { username: 1 } }),
  expect('POST /auth', 500, { body: { username: 'a', password: 'b', serveraddress: '127.0.0.1:1' }, message: /127\.0\.0\.1:1/ }),

  expect('POST /session', 400, { headers: { connection: 'Upgrade', upgrade: 'foo' }, message: /^protocol foo not supported$/ }),
  expect('POST /session', 400, { message: /^no upgrade proto in request$/ }),
]; // prettier-ignore

const now = (): string => String(Date.now() / 1000);

/** Only what was asked for is told. */
function onlyAskedTotals(body: string): void {
  const usage = JSON.parse(body) as Record<string, { Items?: unknown[]; TotalCount: number }>;
  assert.deepEqual(Object.keys(usage), ['ImageUsage', 'VolumeUsage']);
  assert.equal(usage['ImageUsage']?.Items?.length, usage['ImageUsage']?.TotalCount);
}

function onlyAsked(body: string): void {
  const usage = JSON.parse(body) as Record<string, unknown[] | null>;
  assert.ok(usage['Images']?.length);
  assert.ok(!usage['Containers']?.length);
}
