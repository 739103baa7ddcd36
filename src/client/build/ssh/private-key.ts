import type { JsonWebKeyInput, KeyObject } from 'node:crypto';
import { invalid } from '../../../lib/errors.ts';
import { sshNumber, SshReader, sshString } from './wire.ts';

type JsonWebKey = JsonWebKeyInput['key'];

/** It takes 9 ms to load, and most builds have no keys. */
const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto');

/** A key that an agent holds. */
export interface PrivateKey {
  /** The public key, as SSH writes it. */
  readonly blob: Buffer;
  readonly comment: string;
  /** A signature, as SSH writes it. `flags` choose the hash of RSA (draft-miller-ssh-agent, 3.6.1). */
  sign(data: Buffer, flags: number): Buffer;
}

/** Reads a file of `ssh-keygen` or OpenSSL: Ed25519, RSA or ECDSA, without a passphrase. `path` is for errors. */
export function parsePrivateKey(text: string, path: string): PrivateKey {
  const [, body] =
    /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END OPENSSH PRIVATE KEY-----/.exec(text) ?? [];
  try {
    if (body !== undefined) {
      const { jwk, comment } = readOpenSsh(Buffer.from(body, 'base64'));
      return privateKey(jwk, comment || path);
    }
    if (/^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(text)) throw locked;
    return privateKey(crypto().createPrivateKey(text).export({ format: 'jwk' }), path);
  } catch (error) {
    const why =
      error === locked
        ? 'the key has a passphrase: add it to an agent (ssh-add) and use that (--ssh default)'
        : 'no private key of SSH (Ed25519, RSA, ECDSA)';
    throw invalid(`failed to parse ${path}: ${why}`, error);
  }
}

const locked = new Error('passphrase');
const MAGIC = 'openssh-key-v1\0';

/** PROTOCOL.key of OpenSSH. */
function readOpenSsh(bytes: Buffer): { jwk: JsonWebKey; comment: string } {
  const file = new SshReader(bytes);
  if (file.take(MAGIC.length).toString('latin1') !== MAGIC) throw new RangeError('no key');
  const cipher = file.string().toString();
  if (cipher !== 'none') throw locked;
  file.string(); // how the passphrase becomes a key
  file.string();
  if (file.number() !== 1) throw new RangeError('several keys');
  file.string(); // the public key, which is in the private one, too
  const reader = new SshReader(file.string());
  reader.take(8); // the same number twice
  const jwk = readKey(reader);
  return { jwk, comment: reader.string().toString() };
}

function readKey(reader: SshReader): JsonWebKey {
  const type = reader.string().toString();
  const next = (): Buffer => reader.string();
  if (type === 'ssh-ed25519') {
    const x = next();
    return { kty: 'OKP', crv: 'Ed25519', x: url(x), d: url(next().subarray(0, 32)) };
  }
  if (type === 'ssh-rsa') {
    const [n, e, d, qi, p, q] = [next(), next(), next(), next(), next(), next()].map(withoutSign);
    if (!n || !e || !d || !qi || !p || !q) throw new RangeError('no key');
    const rest = (prime: Buffer): Buffer => bytesOf(numberOf(d) % (numberOf(prime) - 1n));
    const [dp, dq] = [rest(p), rest(q)];
    return { kty: 'RSA', ...mapValues({ n, e, d, p, q, dp, dq, qi }, url) };
  }
  const curve = Object.entries(curves).find(([, { type: name }]) => name === type);
  if (!curve) throw new RangeError(`unknown type ${type}`);
  const [crv, { size }] = curve;
  reader.string(); // the curve again
  const point = next();
  const d = Buffer.concat([Buffer.alloc(size), withoutSign(next())]).subarray(-size);
  return {
    kty: 'EC',
    crv,
    x: url(point.subarray(1, 1 + size)),
    y: url(point.subarray(1 + size)),
    d: url(d),
  };
}

/** By their names in JWK. `size` is of a coordinate, in bytes. */
const curves: Readonly<Record<string, { type: string; short: string; size: number; hash: string }>> = {
  'P-256': { type: 'ecdsa-sha2-nistp256', short: 'nistp256', size: 32, hash: 'sha256' },
  'P-384': { type: 'ecdsa-sha2-nistp384', short: 'nistp384', size: 48, hash: 'sha384' },
  'P-521': { type: 'ecdsa-sha2-nistp521', short: 'nistp521', size: 66, hash: 'sha512' },
};

function privateKey(jwk: JsonWebKey, comment: string): PrivateKey {
  const key = crypto().createPrivateKey({ key: jwk, format: 'jwk' });
  const part = (name: 'x' | 'y' | 'n' | 'e'): Buffer => Buffer.from(String(jwk[name]), 'base64url');
  if (jwk.kty === 'RSA') {
    const blob = Buffer.concat([sshString('ssh-rsa'), sshNumber(part('e')), sshNumber(part('n'))]);
    return { blob, comment, sign: (data, flags) => signRsa(key, data, flags) };
  }
  if (jwk.crv === 'Ed25519') {
    const type = sshString('ssh-ed25519');
    return {
      blob: Buffer.concat([type, sshString(part('x'))]),
      comment,
      sign: (data) => Buffer.concat([type, sshString(crypto().sign(null, data, key))]),
    };
  }
  const curve = curves[jwk.crv ?? ''];
  if (!curve) throw new RangeError(`unknown curve ${jwk.crv}`);
  const type = sshString(curve.type);
  const point = Buffer.concat([Buffer.of(4), part('x'), part('y')]);
  return {
    blob: Buffer.concat([type, sshString(curve.short), sshString(point)]),
    comment,
    sign(data) {
      const both = crypto().sign(curve.hash, data, { key, dsaEncoding: 'ieee-p1363' });
      const numbers = [both.subarray(0, curve.size), both.subarray(curve.size)].map(sshNumber);
      return Buffer.concat([type, sshString(Buffer.concat(numbers))]);
    },
  };
}

const [SHA2_256, SHA2_512] = [2, 4];

function signRsa(key: KeyObject, data: Buffer, flags: number): Buffer {
  const [type, hash] =
    flags & SHA2_512
      ? ['rsa-sha2-512', 'sha512']
      : flags & SHA2_256
        ? ['rsa-sha2-256', 'sha256']
        : ['ssh-rsa', 'sha1'];
  return Buffer.concat([sshString(type), sshString(crypto().sign(hash, data, key))]);
}

const url = (bytes: Buffer): string => bytes.toString('base64url');
const withoutSign = (bytes: Buffer): Buffer => (bytes[0] === 0 ? bytes.subarray(1) : bytes);
const numberOf = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);

function bytesOf(number: bigint): Buffer {
  const hex = number.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

const mapValues = <K extends string, V, W>(record: Record<K, V>, change: (value: V) => W): Record<K, W> =>
  Object.fromEntries(
    Object.entries<V>(record).map(([name, value]) => [name, change(value)]),
  ) as unknown as Record<K, W>;
