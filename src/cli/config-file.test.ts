import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { parseHost } from '../client/host.ts';
import { readConfig } from './config-file.ts';
import type { Context } from './context.ts';
import { proxyArgs } from './proxies.ts';
import { allAuth, eraseLogin, loginTo } from './registry-auth.ts';

let directory: string;
let told: string;
let context: Context;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lading-config-'));
  told = '';
  const err = { write: (text: string) => void (told += text) };
  context = { env: { DOCKER_CONFIG: directory }, err } as unknown as Context;
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (config: unknown): void =>
  writeFileSync(join(directory, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));

test('members that are null are as if they were not there', async () => {
  write({ auths: { 'r.example': null }, proxies: null, credHelpers: null });
  assert.deepEqual(proxyArgs(readConfig(context), parseHost('unix:///x'), {}), {});
  assert.equal(await loginTo(context, 'r.example'), undefined);
  assert.deepEqual(await allAuth(context), {});
  write({ auths: null });
  await eraseLogin(context, 'r.example');
  assert.equal(told, '');
});

test('a file that makes no sense is told, with its path, and passed over', () => {
  for (const config of [
    '{',
    '5',
    '[]',
    'null',
    { auths: { r: { auth: 5 } } },
    { auths: { r: 5 } },
    { proxies: 'x' },
  ]) {
    told = '';
    write(config);
    assert.deepEqual(readConfig(context), {}, JSON.stringify(config));
    assert.ok(told.startsWith(`WARNING: Error parsing config file (${directory}/config.json): `), told);
  }
});

test('logins are read in each of the forms that Docker takes', async () => {
  const auth = Buffer.from('me:a:b').toString('base64');
  write({
    auths: {
      'https://a.example/v2/': { auth },
      b: { username: 'me', password: 'x' },
      c: { registrytoken: 't' },
    },
  });
  const empty = { username: '', password: '' };
  assert.deepEqual(await loginTo(context, 'a.example'), {
    serveraddress: 'a.example',
    username: 'me',
    password: 'a:b',
  });
  assert.deepEqual(await loginTo(context, 'b'), { serveraddress: 'b', username: 'me', password: 'x' });
  assert.deepEqual(await loginTo(context, 'c'), { serveraddress: 'c', ...empty, registrytoken: 't' });
});
