import assert from 'node:assert/strict';
import { test } from 'node:test';
import { empty, type Handler } from './call.ts';
import { makeRouter } from './router.ts';
import { routes } from './routes.ts';

const handler = (): Handler => () => empty();

test('takes the first route that fits, and decodes its parameters', () => {
  const [fixed, byName] = [handler(), handler()];
  const router = makeRouter([
    { method: 'GET', pattern: '/images/json', handler: fixed },
    { method: 'GET', pattern: '/images/{name...}/json', handler: byName },
  ]);
  assert.equal(router('GET', '/images/json', 51)?.handler, fixed);
  const found = router('GET', '/images/localhost:5000%2Fme/app/json', 51);
  assert.equal(found?.handler, byName);
  assert.deepEqual(found.params, { name: 'localhost:5000/me/app' });
});

test('keeps one segment apart from several', () => {
  const router = makeRouter([{ method: 'GET', pattern: '/containers/{id}/json', handler: handler() }]);
  assert.equal(router('GET', '/containers/a/b/json', 51), undefined);
  assert.equal(router('GET', '/containers//json', 51), undefined);
  assert.equal(router('POST', '/containers/a/json', 51), undefined);
});

test('knows in which API versions a route is there', () => {
  const router = makeRouter([{ method: 'GET', pattern: '/x', handler: handler(), since: 30, until: 40 }]);
  assert.equal(router('GET', '/x', 29), undefined);
  assert.ok(router('GET', '/x', 30));
  assert.equal(router('GET', '/x', 41), undefined);
});

test('finds nothing under a path that cannot be decoded', () => {
  const router = makeRouter([{ method: 'GET', pattern: '/x/{id}', handler: handler() }]);
  assert.equal(router('GET', '/x/%E0%A4%A', 51), undefined);
});

test('the table leads each call of the API to a handler of its own', () => {
  const router = makeRouter(routes);
  const to = (method: string, path: string) => router(method, path, 51)?.handler;
  assert.notEqual(to('GET', '/images/search'), to('GET', '/images/search/json'));
  assert.notEqual(to('GET', '/containers/json'), to('GET', '/containers/json/json'));
  assert.ok(to('GET', '/services/a/logs'));
  assert.equal(to('GET', '/nothing'), undefined);
});
