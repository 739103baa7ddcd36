import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointsOf, isInsecure } from './endpoint.ts';

test('Docker Hub is reached at its registry host, with TLS only', async () => {
  assert.deepEqual(await endpointsOf('docker.io', 'pull', {}), [
    { host: 'registry-1.docker.io', prefix: '', mirror: false, schemes: ['https'], verify: true },
  ]);
});

test('mirrors come first for pulls and are left out for pushes', async () => {
  const settings = { mirrors: { 'docker.io': ['http://127.0.0.1:5001/hub/', 'https://u:p%40@m.invalid'] } };
  const pull = await endpointsOf('docker.io', 'pull', settings);
  assert.deepEqual(
    pull.map(({ host, prefix, schemes }) => [host, prefix, schemes.join()]),
    [
      ['127.0.0.1:5001', 'hub/', 'http'],
      ['m.invalid', '', 'https'],
      ['registry-1.docker.io', '', 'https'],
    ],
  );
  assert.deepEqual(pull[1]?.auth, { username: 'u', password: 'p@' });
  assert.equal((await endpointsOf('docker.io', 'push', settings)).length, 1);
});

test('a mirror that is no URL is refused without its password', async () => {
  await assert.rejects(
    endpointsOf('docker.io', 'pull', { mirrors: { 'docker.io': ['ftp://me:secret@x'] } }),
    (error: Error) => error.message.startsWith('invalid mirror') && !error.message.includes('secret'),
  );
});

test('loopback and listed hosts may do without TLS, others may not', async () => {
  assert.equal(await isInsecure('localhost:5000', []), true);
  assert.equal(await isInsecure('127.9.9.9', []), true);
  assert.equal(await isInsecure('[::1]:5000', []), true);
  assert.equal(await isInsecure('10.1.2.3:5000', []), false);
  assert.equal(await isInsecure('10.1.2.3:5000', ['10.0.0.0/8']), true);
  assert.equal(await isInsecure('reg.invalid:5000', ['reg.invalid:5000']), true);
  assert.equal(await isInsecure('reg.invalid:5001', ['reg.invalid:5000']), false);
  assert.equal(await isInsecure('reg.invalid:5001', ['reg.invalid']), true);
});
