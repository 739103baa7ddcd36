import assert from 'node:assert/strict';
import { expect, filters, type LazyCase } from '../case.ts';
import { archiveOf } from '../world.ts';

const up = { id: 'up' };
const made = { id: 'made' };
const done = { id: 'done' };
const nosuch = { id: 'nosuch' };
const missing = /^No such container: nosuch$/;
const create = 'POST /containers/create';
const json = { 'content-type': 'application/json' };
const upgrade = { connection: 'Upgrade', upgrade: 'tcp' };
const webSocket = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
const lengthOf = (length: number) => (body: string) =>
  assert.equal((JSON.parse(body) as []).length, length, body);

/** Those that are answered alike when there is no such container. */
const onNosuch: readonly LazyCase[] = [
  ...['json', 'top', 'changes', 'export', 'stats'].map((verb) =>
    expect(`GET /containers/{id}/${verb}`, 404, { path: nosuch, message: missing }),
  ),
  ...['start', 'stop', 'restart', 'pause', 'unpause', 'wait', 'attach'].map((verb) =>
    expect(`POST /containers/{id}/${verb}`, 404, { path: nosuch, message: missing }),
  ),
  expect('POST /containers/{id}/kill', 404, { path: nosuch, message: /No such container: nosuch$/ }),
  expect('POST /containers/{id}/update', 404, { path: nosuch, body: { Memory: 64 << 20 }, message: missing }),
  expect('POST /containers/{id}/rename', 404, { path: nosuch, query: { name: 'a' }, message: missing }),
  expect('POST /containers/{id}/resize', 404, { path: nosuch, query: { h: '1', w: '1' }, message: missing }),
  expect('GET /containers/{id}/logs', 404, { path: nosuch, query: { stdout: '1' }, message: missing }),
  expect('GET /containers/{id}/attach/ws', 404, { path: nosuch, headers: webSocket, message: missing }),
  expect('HEAD /containers/{id}/archive', 404, { path: nosuch, query: { path: '/' } }),
  expect('GET /containers/{id}/archive', 404, { path: nosuch, query: { path: '/' }, message: missing }),
  expect('PUT /containers/{id}/archive', 404, {
    path: nosuch,
    query: { path: '/' },
    body: archiveOf({}),
    message: missing,
  }),
  expect('POST /containers/{id}/exec', 404, { path: nosuch, body: { Cmd: ['a'] }, message: missing }),
  expect('DELETE /containers/{id}', 404, { path: nosuch, message: missing }),
];

const creation: readonly LazyCase[] = [
  expect(create, 201, { query: { name: 'more' }, body: { Image: 'contract:1', Cmd: 'true' } }),
  expect(create, 409, {
    query: { name: 'more' },
    body: { Image: 'contract:1' },
    message: /^Conflict\. The container name "\/more" is already in use by container /,
  }),
  expect(create, 400, { message: /^invalid JSON: got EOF while reading request body$/ }),
  expect(create, 400, { body: {}, message: /^config cannot be empty in order to create a container$/ }),
  expect(create, 400, { body: '{"Image":', headers: json, message: /^invalid JSON: / }),
  expect(create, 400, { body: { Image: 'contract:1', Tty: 1 } }),
  expect(create, 400, {
    body: '{"Image":"nosuch"}',
    headers: { 'content-type': 'text/plain' },
    message: /^unsupported Content-Type header \(text\/plain\): must be 'application\/json'$/,
  }),
  expect(create, 404, { body: { Image: 'nosuch' }, message: /^No such image: nosuch:latest$/ }),
  expect(create, 400, {
    query: { platform: 'a/b/c/d' },
    body: { Image: 'contract:1' },
    message: /^"a\/b\/c\/d": cannot parse platform specifier: invalid argument$/,
  }),
  expect(create, 400, {
    query: { name: 'b*d' },
    body: { Image: 'contract:1' },
    message: /^Invalid container name \(b\*d\)/,
  }),
  expect(create, 400, {
    body: { Image: 'contract:1', HostConfig: { Memory: 1 } },
    message: /^Minimum memory limit allowed is 6MB$/,
  }),
];

const reading: readonly LazyCase[] = [
  expect('GET /containers/json', 200, { check: lengthOf(1) }),
  expect('GET /containers/json', 200, {
    query: { all: '1', size: '1' },
    check: (body) => assert.match(body, /"SizeRootFs":\d/),
  }),
  expect('GET /containers/json', 200, { query: { limit: '2' }, check: lengthOf(2) }),
  expect('GET /containers/json', 200, {
    query: filters({ status: ['exited'], exited: ['3'], label: ['contract=yes'] }),
    check: lengthOf(1),
  }),
  expect('GET /containers/json', 400, { query: { filters: 'x' }, message: /^invalid filter/ }),
  expect('GET /containers/json', 400, {
    query: filters({ nosuch: ['a'] }),
    message: /^invalid filter 'nosuch'$/,
  }),
  expect('GET /containers/json', 400, {
    query: filters({ status: ['a'] }),
    message: /^invalid filter 'status=a': invalid value for state \(a\): must be one of created, /,
  }),
  ...[up, made, done].map((path) => expect('GET /containers/{id}/json', 200, { path, query: { size: '1' } })),
  expect('GET /containers/{id}/top', 200, {
    path: up,
    check: (body) => assert.match(body, /"Titles":\["UID"/),
  }),
  expect('GET /containers/{id}/top', 200, { path: up, query: { ps_args: '-o pid,args' } }),
  expect('GET /containers/{id}/top', 409, { path: made, message: /^container [0-9a-f]{64} is not running$/ }),
  expect('GET /containers/{id}/logs', 200, {
    path: up,
    query: { stdout: '1', stderr: '1', timestamps: '1', tail: '5' },
    check: (body) => assert.match(body, /told/),
  }),
  expect('GET /containers/{id}/logs', 400, {
    path: up,
    message: /^Bad parameters: you must choose at least one stream$/,
  }),
  expect('GET /containers/{id}/changes', 200, { path: done, check: (body) => assert.match(body, /"\/new"/) }),
  expect('GET /containers/{id}/export', 200, { path: done }),
  expect('GET /containers/{id}/stats', 200, { path: up, query: { stream: '0' } }),
  expect('GET /containers/{id}/stats', 200, { path: up, query: { stream: '0', 'one-shot': '1' } }),
  expect('GET /containers/{id}/stats', 200, { path: done, query: { stream: '0' } }),
  expect('GET /containers/{id}/stats', 400, {
    path: up,
    query: { stream: '1', 'one-shot': '1' },
    message: /^cannot have stream=true and one-shot=true$/,
  }),
  expect('HEAD /containers/{id}/archive', 200, { path: up, query: { path: '/etc' } }),
  expect('HEAD /containers/{id}/archive', 404, { path: up, query: { path: '/nosuch' } }),
  expect('HEAD /containers/{id}/archive', 400, { path: up }),
  expect('GET /containers/{id}/archive', 200, { path: done, query: { path: '/new' } }),
  expect('GET /containers/{id}/archive', 404, {
    path: up,
    query: { path: '/nosuch' },
    message: /^Could not find the file \/nosuch in container up$/,
  }),
  expect('GET /containers/{id}/archive', 400, {
    path: up,
    message: /^bad parameter: path ?cannot be empty$/,
  }),
  expect('PUT /containers/{id}/archive', 200, {
    path: up,
    query: { path: '/tmp', noOverwriteDirNonDir: '1', copyUIDGID: '1' },
    body: archiveOf({ put: 'here' }),
  }),
  expect('PUT /containers/{id}/archive', 400, {
    path: up,
    body: archiveOf({ put: 'here' }),
    message: /^bad parameter: path ?cannot be empty$/,
  }),
  expect('PUT /containers/{id}/archive', 404, {
    path: up,
    query: { path: '/nosuch' },
    body: archiveOf({ put: 'here' }),
    message: /^Could not find the file \/nosuch in container up$/,
  }),
];

const streams: readonly LazyCase[] = [
  expect('POST /containers/{id}/attach', 200, {
    path: up,
    query: { logs: '1', stdout: '1' },
    check: (body) => assert.match(body, /told/),
  }),
  expect('POST /containers/{id}/attach', 101, {
    path: up,
    query: { stream: '1', stdout: '1' },
    headers: upgrade,
  }),
  expect('POST /containers/{id}/attach', 400, {
    path: up,
    query: { stream: '1', detachKeys: 'ctrl-?' },
    message: /^Invalid detach keys \(ctrl-\?\) provided$/,
  }),
  expect('GET /containers/{id}/attach/ws', 101, {
    path: up,
    query: { stream: '1', stdout: '1' },
    headers: webSocket,
  }),
  expect('GET /containers/{id}/attach/ws', 400, {
    path: up,
    query: { detachKeys: 'ctrl-?' },
    headers: webSocket,
    message: /^Invalid detach keys \(ctrl-\?\) provided$/,
  }),
  expect('GET /containers/{id}/attach/ws', 400, { path: up }),
  expect('POST /containers/{id}/resize', 400, {
    path: up,
    message: /^invalid resize height "": invalid syntax$/,
  }),
  expect('POST /containers/{id}/resize', 400, {
    path: up,
    query: { h: 'a', w: '1' },
    message: /^invalid resize height "a": invalid syntax$/,
  }),
  async ({ make, call }) => {
    const id = await make('/containers/create', {
      Image: 'contract:1',
      Cmd: ['cat'],
      Tty: true,
      OpenStdin: true,
      Labels: { brief: '' },
    });
    await call('POST', `/containers/${id}/start`);
    return expect('POST /containers/{id}/resize', 200, { path: { id }, query: { h: '20', w: '70' } });
  },
];

const exec: readonly LazyCase[] = [
  expect('POST /containers/{id}/exec', 201, { path: up, body: { Cmd: ['true'] } }),
  expect('POST /containers/{id}/exec', 400, {
    path: up,
    body: {},
    message: /^[Nn]o exec command specified$/,
  }),
  expect('POST /containers/{id}/exec', 400, { path: up, body: { Cmd: 7 } }),
  expect('POST /containers/{id}/exec', 409, {
    path: done,
    body: { Cmd: ['true'] },
    message: /^container [0-9a-f]{64} is not running$/,
  }),
  async ({ make }) =>
    expect('GET /exec/{id}/json', 200, {
      path: { id: await make('/containers/up/exec', { Cmd: ['true'] }) },
    }),
  async ({ make }) =>
    expect('POST /exec/{id}/start', 200, {
      path: { id: await make('/containers/up/exec', { Cmd: ['echo', 'ran'], AttachStdout: true }) },
      body: {},
      check: (body) => assert.match(body, /ran/),
    }),
  async ({ make }) =>
    expect('POST /exec/{id}/start', 200, {
      path: { id: await make('/containers/up/exec', { Cmd: ['true'] }) },
      body: { Detach: true },
    }),
  async ({ make, call }) => {
    const id = await make('/containers/up/exec', { Cmd: ['sleep', '20'], Tty: true });
    await call('POST', `/exec/${id}/start`, { Detach: true, Tty: true });
    return expect('POST /exec/{id}/resize', 200, { path: { id }, query: { h: '20', w: '70' } });
  },
  async ({ make, call }) => {
    const id = await make('/containers/up/exec', { Cmd: ['true'] });
    await call('POST', `/exec/${id}/start`, { Detach: true });
    return expect('POST /exec/{id}/start', 409, {
      path: { id },
      body: { Detach: true },
      message: /^exec command [0-9a-f]{64} (?:is already running|has already run)$/,
    });
  },
  async ({ make, call }) => {
    const id = await make('/containers/up/exec', { Cmd: ['true'], AttachStdout: true });
    await call('POST', `/exec/${id}/start`, { Detach: true });
    // who has the connection is told on it
    return expect('POST /exec/{id}/start', 200, {
      path: { id },
      body: {},
      check: (body) => assert.match(body, /exec command [0-9a-f]{64} (?:is already running|has already run)/),
    });
  },
  expect('POST /exec/{id}/start', 404, {
    path: nosuch,
    body: {},
    message: /^No such exec instance: nosuch$/,
  }),
  expect('GET /exec/{id}/json', 404, { path: nosuch, message: /^No such exec instance: nosuch$/ }),
  expect('POST /exec/{id}/resize', 404, {
    path: nosuch,
    query: { h: '1', w: '1' },
    message: /^No such exec instance: nosuch$/,
  }),
  expect('POST /exec/{id}/resize', 400, {
    path: nosuch,
    message: /^invalid resize height "": invalid syntax$/,
  }),
];

const changing: readonly LazyCase[] = [
  expect('POST /containers/{id}/start', 400, {
    path: { id: 'more' },
    query: { checkpoint: 'x' },
    message: /^checkpoint is only supported in experimental mode$/,
  }),
  expect('POST /containers/{id}/start', 204, { path: { id: 'more' } }),
  expect('POST /containers/{id}/start', 304, { path: up }),
  expect('POST /containers/{id}/wait', 200, {
    path: done,
    check: (body) => assert.match(body, /"StatusCode":3/),
  }),
  expect('POST /containers/{id}/wait', 400, {
    path: done,
    query: { condition: 'x' },
    message: /^invalid condition: "x"$/,
  }),
  expect('POST /containers/{id}/update', 200, {
    path: up,
    body: { Memory: 128 << 20, MemorySwap: 256 << 20 },
  }),
  expect('POST /containers/{id}/update', 400, { path: up, body: { Memory: 'a' } }),
  expect('POST /containers/{id}/pause', 204, { path: up }),
  expect('POST /containers/{id}/pause', 409, { path: up, message: /is already paused$/ }),
  expect('POST /containers/{id}/unpause', 204, { path: up }),
  expect('POST /containers/{id}/unpause', 500, { path: up, message: /is not paused$/ }),
  expect('POST /containers/{id}/rename', 204, { path: made, query: { name: 'renamed' } }),
  expect('POST /containers/{id}/rename', 409, {
    path: { id: 'renamed' },
    query: { name: 'up' },
    message: /^(?:Error when allocating new name: )?Conflict\. The container name "\/up" is already in use/,
  }),
  expect('POST /containers/{id}/rename', 400, {
    path: up,
    message: /^Neither old nor new names may be empty$/,
  }),
  expect('POST /containers/{id}/kill', 409, { path: { id: 'renamed' }, message: /is not running$/ }),
  expect('POST /containers/{id}/kill', 400, {
    path: up,
    query: { signal: 'X' },
    message: /[Ii]nvalid signal: X$/,
  }),
  expect('POST /containers/{id}/kill', 204, { path: up, query: { signal: 'SIGWINCH' } }),
  expect('POST /containers/{id}/restart', 204, { path: up, query: { t: '0' } }),
  expect('DELETE /containers/{id}', 409, {
    path: up,
    message:
      /^cannot remove container "up": container is running: stop the container before removing or force remove$/,
  }),
  expect('POST /containers/{id}/stop', 204, { path: up, query: { t: '0', signal: 'SIGTERM' } }),
  expect('POST /containers/{id}/stop', 304, { path: done, query: { signal: 'NOSUCH' } }),
  expect('POST /containers/{id}/stop', 304, { path: up }),
  expect('DELETE /containers/{id}', 204, { path: { id: 'renamed' }, query: { v: '1' } }),
  expect('DELETE /containers/{id}', 204, { path: up, query: { force: '1' } }),
  expect('POST /containers/prune', 200, {
    query: filters({ label: ['nosuch'] }),
    check: (body) => assert.match(body, /"ContainersDeleted":(?:null|\[\])/),
  }),
  expect('POST /containers/prune', 200, {
    query: filters({ label: ['contract=yes'] }),
    check: (body) => assert.match(body, /"ContainersDeleted":\["/),
  }),
  expect('POST /containers/prune', 400, { query: filters({ x: ['a'] }), message: /^invalid filter 'x'$/ }),
];

/** What needs the containers as they were made comes before what ends them. */
export const containerCases: readonly LazyCase[] = [
  ...onNosuch,
  ...creation,
  ...reading,
  ...streams,
  ...exec,
];
export const endingCases: readonly LazyCase[] = changing; // prettier-ignore
