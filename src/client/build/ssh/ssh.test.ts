import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { findProgram } from '../../../lib/compression.ts';
import { exec } from '../../../lib/exec.ts';
import { parsePrivateKey } from './private-key.ts';
import { answerTo, serveAgent } from './serve-agent.ts';
import { SshReader, sshString } from './wire.ts';

const folder = mkdtempSync(join(tmpdir(), 'lade-ssh-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const pem = (kind: 'ed25519' | 'rsa' | 'ec'): ReturnType<typeof parsePrivateKey> => {
  const { privateKey } =
    kind === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : kind === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-384' });
  return parsePrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, kind);
};

test('keys are listed, and sign what they are asked for', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = parsePrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 'a key');
  const list = new SshReader(answerTo([pem('rsa'), key, pem('ec')], Buffer.of(11)));
  assert.deepEqual([list.take(1)[0], list.number()], [12, 3]);
  const found = [0, 1, 2].map(() => [
    new SshReader(list.string()).string().toString(),
    list.string().toString(),
  ]);
  assert.deepEqual(found, [
    ['ssh-rsa', 'rsa'],
    ['ssh-ed25519', 'a key'],
    ['ecdsa-sha2-nistp384', 'ec'],
  ]);
  const data = Buffer.from('to be signed');
  const asked = Buffer.concat([Buffer.of(13), sshString(key.blob), sshString(data), Buffer.alloc(4)]);
  const answer = new SshReader(answerTo([key], asked));
  assert.equal(answer.take(1)[0], 14);
  const signature = new SshReader(answer.string());
  assert.equal(signature.string().toString(), 'ssh-ed25519');
  assert.ok(verify(null, data, publicKey, signature.string()));
  for (const refused of [Buffer.of(17), Buffer.of(19), Buffer.of(13), Buffer.alloc(0), asked.subarray(0, 40)])
    assert.deepEqual(answerTo([key], refused), Buffer.of(5));
  assert.deepEqual(answerTo([], asked), Buffer.of(5));
});

test('what is no key, or is locked, is told with its path', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const secret = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' } as const;
  const openSsh = (body: string): string =>
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${Buffer.from(body, 'latin1').toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
  for (const [text, message] of [
    ['', /^EngineError: failed to parse \/k: no private key of SSH/],
    [openSsh('openssh-key-v1\0'), /no private key of SSH/],
    [openSsh('other'), /no private key of SSH/],
    [openSsh('openssh-key-v1\0\0\0\0\x0aaes256-ctr'), /\/k: the key has a passphrase: add it to an agent/],
    [privateKey.export(secret) as string, /\/k: the key has a passphrase: add it to an agent/],
  ] as const)
    assert.throws(() => parsePrivateKey(text, '/k'), message);
});

test('the socket is for its user alone, and is gone afterwards', async () => {
  const agent = await serveAgent([pem('ed25519')]);
  const { mode } = await import('node:fs').then(({ statSync }) => statSync(dirname(agent.socket)));
  assert.equal(mode & 0o777, 0o700);
  const connection = connect(agent.socket);
  const request = sshString(Buffer.of(11));
  connection.write(request.subarray(0, 3));
  setImmediate(() => connection.write(Buffer.concat([request.subarray(3), request])));
  let bytes = 0;
  for await (const chunk of connection as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes >= 2 * 75) break; // two answers with a key of 51 bytes and a comment of 7
  }
  agent[Symbol.dispose]();
  assert.equal(existsSync(dirname(agent.socket)), false);
});

const openSsh = { skip: findProgram('ssh-keygen') && findProgram('ssh-add') ? false : 'no OpenSSH here' };
describe('beside OpenSSH', openSsh, () => {
  for (const [type, bits] of [
    ['ed25519', '256'],
    ['rsa', '2048'],
    ['ecdsa', '256'],
    ['ecdsa', '521'],
  ] as const)
    test(`${type} ${bits}: ssh-add knows the key and takes its signatures`, async () => {
      const path = join(folder, `${type}${bits}`);
      await exec('ssh-keygen', ['-q', '-t', type, '-b', bits, '-N', '', '-C', 'a comment', '-f', path]);
      using agent = await serveAgent([parsePrivateKey(readFileSync(path, 'utf8'), path)]);
      const env = { ...process.env, SSH_AUTH_SOCK: agent.socket };
      assert.match((await exec('ssh-add', ['-l'], { env })).stdout, / a comment \(/);
      await exec('ssh-add', ['-T', `${path}.pub`], { env });
      writeFileSync(join(folder, 'other'), '');
      await assert.rejects(exec('ssh-add', ['-D'], { env }));
    });
});
