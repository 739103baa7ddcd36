import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needs, startTestEngine, type TestEngine } from './harness.ts';

describe('the Engine API', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  const messageOf = async (method: string, path: string, body?: unknown): Promise<[number, string]> => {
    const answer = await engine.request(method, path, body);
    return [answer.status, (JSON.parse(answer.body) as { message: string }).message];
  };
  const create = (body: unknown, name = '') => messageOf('POST', `/v1.51/containers/create?name=${name}`, body);

  test("refuses what is wrong with Docker's status and words, and leaves nothing behind", async () => {
    const cases: [unknown, number, RegExp][] = [
      ['{"Image":', 400, /^invalid JSON: /],
      [{ Image: 'busybox', Tty: 1 }, 400, /^invalid request body: Tty: want a boolean, got a number$/],
      [{}, 400, /^config cannot be empty in order to create a container$/],
      [{ Image: 'nosuch' }, 404, /^No such image: nosuch:latest$/],
      [{ Image: 'busybox', HostConfig: { Binds: ['/nosuch:/x:bad'] } }, 400, /invalid mode: bad/],
      [{ Image: 'busybox', HostConfig: { NetworkMode: 'nosuch' } }, 404, /network nosuch not found/],
      [{ Image: 'busybox', HostConfig: { Memory: 1 } }, 400, /^Minimum memory limit allowed is 6MB$/],
    ];
    for (const [body, status, message] of cases) {
      const [got, text] = await create(body);
      // Docker finds out about a missing network only at the start
      if (got === 201) continue;
      assert.equal(got, status, text);
      assert.match(text, message);
    }
    const [status, message] = await create({ Image: 'busybox' }, 'bad*name');
    assert.deepEqual([status, message.startsWith('Invalid container name (bad*name)')], [400, true]);
  });

  test('tells conflicts and states', async () => {
    const { Id } = JSON.parse((await engine.request('POST', '/containers/create?name=taken', { Image: 'busybox', Cmd: ['sleep', '1000'] })).body) as { Id: string };
    assert.deepEqual(await create({ Image: 'busybox' }, 'taken'), [
      409,
      `Conflict. The container name "/taken" is already in use by container "${Id}". You have to remove (or rename) that container to be able to reuse that name.`,
    ]);
    assert.equal((await engine.request('POST', `/containers/${Id}/start`)).status, 204);
    assert.equal((await engine.request('POST', '/containers/taken/start')).status, 304);
    assert.match((await messageOf('DELETE', '/containers/taken'))[1], /cannot remove container "taken": container is running/);
    assert.deepEqual(await messageOf('POST', '/containers/taken/exec', {}), [400, 'No exec command specified']);
    assert.equal((await engine.request('POST', '/containers/taken/stop?t=0')).status, 204);
    assert.equal((await engine.request('POST', '/containers/taken/stop?t=0')).status, 304);
    assert.equal((await engine.request('DELETE', `/containers/${Id.slice(0, 12)}`)).status, 204);
    assert.deepEqual(await messageOf('GET', '/containers/taken/json'), [404, 'No such container: taken']);
  });

  test('old clients get the shapes that they know', async () => {
    const images = async (version: string) =>
      (JSON.parse((await engine.request('GET', `/v${version}/images/json`)).body) as { VirtualSize?: number }[])[0];
    assert.equal(typeof (await images('1.24'))?.VirtualSize, 'number');
    assert.equal((await images('1.51'))?.VirtualSize, undefined);
  });

  test('a container that is told has all that clients look for', async () => {
    const spec = { Image: 'busybox', Cmd: ['true'], Labels: { a: 'b' }, ExposedPorts: { '80/tcp': {} } };
    const host = { PortBindings: { '80/tcp': [{ HostPort: '0' }] }, NanoCpus: 500_000_000, RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } };
    await engine.request('POST', '/containers/create?name=full', { ...spec, HostConfig: host });
    const told = JSON.parse((await engine.request('GET', '/containers/full/json')).body) as Record<string, never>;
    assert.partialDeepStrictEqual(told, {
      Name: '/full',
      Path: 'true',
      State: { Status: 'created', Running: false, StartedAt: '0001-01-01T00:00:00Z' },
      HostConfig: { ...host, NetworkMode: 'bridge', Privileged: false },
      Config: spec,
    });
    await engine.request('DELETE', '/containers/full');
  });

  test('a list of bindings that is empty gets one, which newer clients are warned of', async () => {
    const spec = { Image: 'busybox', Cmd: ['true'], HostConfig: { PortBindings: { '80/tcp': [] } } };
    const warning = 'Following container port(s) have an empty list of port-bindings: 80/tcp. Such bindings will be discarded in a future version.';
    for (const [version, warnings] of [['1.51', []], ['1.52', [warning]]] as const) {
      const created = JSON.parse((await engine.request('POST', `/v${version}/containers/create`, spec)).body) as { Id: string; Warnings: string[] };
      assert.deepEqual(created.Warnings, warnings);
      const told = JSON.parse((await engine.request('GET', `/containers/${created.Id}/json`)).body) as { HostConfig: unknown };
      assert.partialDeepStrictEqual(told.HostConfig, { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '' }] } });
      await engine.request('DELETE', `/containers/${created.Id}`);
    }
  });

  test('addresses that are left are told to the last digit', async () => {
    const IPAM = { Config: [{ Subnet: '2001:db8:abcd::/56' }] };
    await engine.request('POST', '/v1.52/networks/create', { Name: 'wide', EnableIPv4: false, EnableIPv6: true, IPAM });
    const { body } = await engine.request('GET', '/v1.52/networks/wide');
    assert.ok(body.includes('"2001:db8:abcd::/56":{"IPsInUse":2,"DynamicIPsAvailable":18446744073709551615}'), body);
    await engine.request('DELETE', '/networks/wide');
  });
}); // prettier-ignore
