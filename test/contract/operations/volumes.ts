import assert from 'node:assert/strict';
import { expect, filters, type LazyCase } from '../case.ts';

const vol = { name: 'vol' };
const nosuch = { name: 'nosuch' };
const missing = /^get nosuch: no such volume$/;

export const volumeCases: readonly LazyCase[] = [
  expect('GET /volumes', 200, { check: (body) => assert.match(body, /"vol"/) }),
  expect('GET /volumes', 200, { query: filters({ name: ['nosuch'] }), check: (body) => assert.match(body, /"Volumes":(\[\]|null)/) }),
  expect('GET /volumes', 200, { query: filters({ dangling: ['false'], driver: ['local'], label: ['contract'] }), check: (body) => assert.match(body, /"vol"/) }),
  expect('GET /volumes', 400, { query: filters({ x: ['a'] }), message: /^invalid filter 'x'$/ }),
  expect('GET /volumes', 400, { query: filters({ dangling: ['x'] }), message: /^invalid filter 'dangling=\[x\]'$/ }),
  expect('POST /volumes/create', 201, { body: { Name: 'more', Labels: { a: 'b' }, DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' } } }),
  expect('POST /volumes/create', 201, { body: { Name: 'more' } }),
  expect('POST /volumes/create', 201),
  expect('POST /volumes/create', 201, { body: {}, check: (body) => assert.match(body, /com\.docker\.volume\.anonymous/) }),
  expect('POST /volumes/create', 400, { body: '{"Name":', headers: { 'content-type': 'application/json' }, message: /^invalid JSON: / }),
  expect('POST /volumes/create', 400, { body: { Name: 1 } }),
  expect('POST /volumes/create', 400, { body: { Name: '/bad' }, message: /^create \/bad: "\/bad" includes invalid characters for a local volume name/ }),
  expect('POST /volumes/create', 400, { body: { Name: 'xx', DriverOpts: { a: 'b' } }, message: /^create xx: invalid option: "a"$/ }),
  expect('GET /volumes/{name}', 200, { path: vol }),
  expect('GET /volumes/{name}', 404, { path: nosuch, message: missing }),
  expect('PUT /volumes/{name}', 503, { path: vol, query: { version: '1' }, body: {}, message: /^volume update only valid for cluster volumes, but swarm is unavailable$/ }),
  expect('PUT /volumes/{name}', 503, { path: nosuch }),
  expect('DELETE /volumes/{name}', 409, { path: vol, message: /^remove vol: volume is in use - \[[0-9a-f]{64}\]$/ }),
  expect('DELETE /volumes/{name}', 404, { path: nosuch, message: missing }),
  expect('DELETE /volumes/{name}', 204, { path: nosuch, query: { force: '1' } }),
  expect('DELETE /volumes/{name}', 204, { path: { name: 'more' } }),
  expect('POST /volumes/prune', 200, { query: filters({ label: ['nosuch'] }), check: (body) => assert.match(body, /"SpaceReclaimed":0/) }),
  expect('POST /volumes/prune', 200),
  expect('POST /volumes/prune', 400, { query: filters({ x: ['a'] }), message: /^invalid filter 'x'$/ }),
]; // prettier-ignore
