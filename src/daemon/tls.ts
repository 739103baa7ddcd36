import { readFileSync } from 'node:fs';
import { hasCode, invalid, messageOf } from '../lib/errors.ts';

/** Files of a TLS server, as dockerd's flags name them. */
export interface TlsSettings {
  /** Clients must show a certificate that the CA signed. */
  readonly verify: boolean;
  readonly ca?: string;
  readonly cert: string;
  readonly key: string;
}

/** Options of Node's TLS server. */
export interface TlsOptions {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly minVersion: 'TLSv1.2';
}

/** Reads the files. Errors name the file and the flag that names it. */
export function readTls({ verify, ca, cert, key }: TlsSettings): TlsOptions {
  if (verify && ca === undefined)
    throw invalid(
      'invalid TLS configuration: --tlsverify wants --tlscacert, the CA whose clients may come in',
    );
  return {
    cert: read(cert, 'tlscert'),
    key: read(key, 'tlskey'),
    ...(verify && ca !== undefined && { ca: read(ca, 'tlscacert') }),
    requestCert: verify,
    rejectUnauthorized: verify,
    minVersion: 'TLSv1.2',
  };
}

function read(path: string, flag: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = hasCode(error, 'ENOENT') ? 'no such file or directory' : messageOf(error);
    throw invalid(`invalid TLS configuration: --${flag} ${path}: ${why}`, error);
  }
}
