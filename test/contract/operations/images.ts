import assert from 'node:assert/strict';
import { expect, filters, type LazyCase } from '../case.ts';
import { archiveOf } from '../world.ts';

const app = { name: 'contract:1' };
const nosuch = { name: 'nosuch' };
const bad = { name: 'BAD' };
const missing = /^No such image: nosuch(:latest)?$/;
const badName = /^invalid reference format: repository name \(library\/BAD\) must be lowercase$/;
const headers = { 'x-registry-auth': Buffer.from('{}').toString('base64') };
const tarHeaders = { 'content-type': 'application/x-tar' };
const context = archiveOf({ Dockerfile: 'FROM contract:1\nLABEL made=here\nRUN echo hi > /hi\n' });

export const imageCases: readonly LazyCase[] = [
  expect('GET /images/json', 200, { check: (body) => assert.match(body, /"contract:1"/) }),
  expect('GET /images/json', 200, { query: { all: '1', digests: '1', 'shared-size': '1', ...filters({ reference: ['contract'] }) }, check: (body) => assert.match(body, /"SharedSize":\d/) }),
  expect('GET /images/json', 200, { query: { manifests: '1' } }),
  expect('GET /images/json', 400, { query: filters({ x: ['a'] }), message: /^invalid filter 'x'$/ }),
  expect('GET /images/json', 400, { query: filters({ dangling: ['x'] }), message: /^invalid filter 'dangling=\[x\]'$/ }),
  expect('GET /images/json', 400, { query: filters({ reference: ['['] }), message: /^syntax error in pattern$/ }),
  expect('GET /images/json', 404, { query: filters({ before: ['nosuch'] }), message: missing }),

  expect('GET /images/{name}/json', 200, { path: app }),
  expect('GET /images/{name}/json', 200, { path: app, query: { manifests: '1' } }),
  expect('GET /images/{name}/json', 404, { path: nosuch, message: missing }),
  expect('GET /images/{name}/json', 400, { path: bad, message: badName }),
  expect('GET /images/{name}/json', 400, { path: app, query: { platform: 'x' }, message: /^failed to parse platform: / }),
  expect('GET /images/{name}/history', 404, { path: app, query: { platform: '{"os":"linux","architecture":"s390x"}' }, message: /^image with reference contract:1 was found but its platform \(linux\/\w+\) does not match the specified platform \(linux\/s390x\)$/ }),
  expect('POST /images/{name}/tag', 400, { path: app, query: { repo: 'a', tag: 'b*' }, message: /^invalid tag format$/ }),
  expect('POST /images/{name}/tag', 400, { path: app, query: { repo: 'sha256' }, message: /^refusing to create an ambiguous tag using digest algorithm as name$/ }),
  expect('POST /images/create', 400, { query: { fromSrc: '-', changes: 'FOO' }, headers: tarHeaders, message: /^FOO is not a valid change command$/ }),
  expect('GET /images/{name}/history', 200, { path: app }),
  { ...expect('GET /images/{name}/attestations', 200, { path: app, query: { statement: '1' }, check: (body) => assert.equal(body.trim(), '[]') }), since: 55 },
  { ...expect('GET /images/{name}/attestations', 404, { path: nosuch, message: missing }), since: 55 },
  expect('GET /images/{name}/history', 404, { path: nosuch, message: missing }),
  expect('POST /images/{name}/tag', 201, { path: app, query: { repo: 'contract/two', tag: '2' } }),
  expect('POST /images/{name}/tag', 404, { path: nosuch, query: { repo: 'a' }, message: missing }),
  expect('POST /images/{name}/tag', 400, { path: app, query: { repo: 'BAD' }, message: badName }),

  ({ registry }) => expect('POST /images/{name}/push', 200, { path: { name: `${registry}/contract/app` }, query: { tag: '1' }, headers, check: (body) => assert.match(body, /"aux":\{"Tag":"1"/) }),
  expect('POST /images/{name}/push', 200, { path: nosuch, headers, check: (body) => assert.match(body, /An image does not exist locally with the tag: nosuch"\}{1,2}\r?\n$/) }),
  expect('POST /images/{name}/push', 400, { path: bad, headers, message: badName }),
  ({ registry }) => expect('GET /distribution/{name}/json', 200, { path: { name: `${registry}/contract/app:1` } }),
  expect('GET /distribution/{name}/json', 400, { path: bad, message: badName }),
  expect('GET /distribution/{name}/json', 500, { path: { name: '127.0.0.1:1/x' }, message: /127\.0\.0\.1:1/ }),
  ({ registry }) => expect('POST /images/create', 200, { query: { fromImage: `${registry}/contract/app`, tag: '1' }, check: (body) => assert.match(body, /Status: /) }),
  ({ registry }) => expect('POST /images/create', 404, { query: { fromImage: `${registry}/contract/nosuch`, tag: '1' }, message: /not found/ }),
  expect('POST /images/create', 200, { query: { fromSrc: '-', repo: 'contract/imported', changes: 'ENV a=b' }, headers: tarHeaders, body: archiveOf({ x: 'y' }), check: (body) => assert.match(body, /"status":"sha256:/) }),
  expect('POST /images/create', 400, { query: { fromImage: 'BAD' }, message: badName }),
  expect('POST /images/create', 400, { query: { fromImage: 'a', platform: 'b/c/d/e' }, message: /^"b\/c\/d\/e": cannot parse platform specifier: invalid argument$/ }),
  expect('POST /images/create', 500, { query: { fromImage: '127.0.0.1:1/a', tag: 'b' }, message: /127\.0\.0\.1:1/ }),

  ({ index }) => expect('GET /images/search', 200, { query: { term: `${index}/contract`, limit: '5' }, check: (body) => assert.equal((JSON.parse(body) as []).length, 2) }),
  ({ index }) => expect('GET /images/search', 200, { query: { term: `${index}/contract`, ...filters({ stars: ['3'] }) }, check: (body) => assert.deepEqual((JSON.parse(body) as { name: string }[]).map(({ name }) => name), ['contract/web']) }),
  ({ index }) => expect('GET /images/search', 200, { query: { term: `${index}/contract`, ...filters({ 'is-official': ['false'] }) }, check: (body) => assert.match(body, /contract\/app/) }),
  ({ index }) => expect('GET /images/search', 200, { query: { term: `${index}/nothing` }, check: (body) => assert.equal(body.trim(), '[]') }),
  expect('GET /images/search', 400, { query: { term: 'x', limit: '1000' }, message: /^limit 1000 is outside the range of \[1, 100\]$/ }),
  expect('GET /images/search', 400, { query: { term: 'x', limit: 'a' }, message: /^invalid limit specified: strconv\.Atoi: parsing "a": invalid syntax$/ }),
  expect('GET /images/search', 400, { query: { term: 'http://x' }, message: /^invalid repository name: repository name \(http:\/\/x\) should not have a scheme$/ }),
  expect('GET /images/search', 400, { query: { term: 'x', ...filters({ foo: ['a'] }) }, message: /^invalid filter 'foo'$/ }),
  expect('GET /images/search', 400, { query: { term: '127.0.0.1:1/a' }, message: /^invalid registry endpoint "http:\/\/127\.0\.0\.1:1\/v1\/"/ }),

  expect('GET /images/{name}/get', 200, { path: app }),
  expect('GET /images/{name}/get', 404, { path: nosuch, message: missing }),
  expect('GET /images/get', 200, { query: { names: ['contract:1', 'busybox'] } }),
  expect('GET /images/get', 404, { query: { names: 'nosuch' }, message: missing }),
  async ({ call }) => expect('POST /images/load', 200, { headers: tarHeaders, body: (await call('GET', '/images/contract:1/get')).body, check: (body) => assert.match(body, /Loaded image: contract:1/) }),
  expect('POST /images/load', 400, { query: { platform: 'x' }, headers: tarHeaders, body: 'garbage', message: /^failed to parse platform: / }),

  expect('POST /build', 200, { query: { t: 'contract/built', labels: '{"contract":"yes"}' }, headers: tarHeaders, body: context, check: (body) => assert.match(body, /Successfully tagged contract\/built:latest/) }),
  expect('POST /build', 400, { query: { buildargs: 'x' }, headers: tarHeaders, message: /^error reading build args: / }),
  expect('POST /build', 400, { query: { version: '9' }, headers: tarHeaders, message: /^invalid version "9"$/ }),
  expect('POST /build', 400, { query: { t: 'BAD' }, headers: tarHeaders, body: context, message: badName }),
  expect('POST /build', 400, { headers: tarHeaders, body: 'garbage' }),
  expect('POST /build/prune', 200, { query: { 'keep-storage': '10000000' } }),
  expect('POST /build/prune', 200, { query: { all: '1', ...filters({ 'unused-for': ['1h'] }) } }),
  expect('POST /build/prune', 400, { query: filters({ x: ['a'] }), message: /invalid filter 'x'$/ }),
  expect('POST /build/prune', 400, { query: { 'keep-storage': 'x' }, message: /^keep-storage is in bytes and expects an integer, got x/ }),

  expect('POST /commit', 201, { query: { container: 'done', repo: 'contract/committed', comment: 'c', author: 'a', changes: 'CMD true' }, body: {} }),
  expect('POST /commit', 404, { query: { container: 'nosuch' }, message: /^No such container: nosuch$/ }),
  expect('POST /commit', 400, { query: { container: 'done', repo: 'BAD' }, message: badName }),
  expect('POST /commit', 400, { message: /^invalid name or ID supplied: ""$/ }),

  expect('DELETE /images/{name}', 200, { path: { name: 'contract/two:2' }, check: (body) => assert.match(body, /"Untagged"/) }),
  expect('DELETE /images/{name}', 200, { path: { name: 'contract/imported' }, query: { force: '1', noprune: '1' }, check: (body) => assert.match(body, /"Deleted"/) }),
  expect('DELETE /images/{name}', 404, { path: nosuch, message: missing }),
  expect('POST /images/prune', 200, { query: filters({ dangling: ['true'] }) }),
  expect('POST /images/prune', 200, { query: filters({ dangling: ['false'], label: ['contract=yes'] }), check: (body) => assert.match(body, /contract\/built/) }),
  expect('POST /images/prune', 400, { query: filters({ x: ['a'] }), message: /^invalid filter 'x'$/ }),
]; // prettier-ignore
