import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../../src/lib/exec.ts';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Makes an authority in `directory`, and returns what signs certificates with it that are good for loopback, both as client and server. */
export async function makeAuthority(
  directory: string,
  name: string,
): Promise<{ ca: string; sign: (subject: string) => Promise<Certificate> }> {
  const ca = join(directory, `${name}.pem`);
  const key = join(directory, `${name}-key.pem`);
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await exec('openssl', [
    'req',
    '-x509',
    ...fresh,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    key,
    '-out',
    ca,
  ]);
  const sign = async (subject: string): Promise<Certificate> => {
    const path = join(directory, `${name}-${subject}`);
    const signed = { cert: `${path}.pem`, key: `${path}-key.pem` };
    const request = `${path}.csr`;
    const extensions = `${path}.ext`;
    writeFileSync(
      extensions,
      'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n',
    );
    await exec('openssl', [
      'req',
      ...fresh,
      '-subj',
      `/CN=${subject}`,
      '-keyout',
      signed.key,
      '-out',
      request,
    ]);
    const by = ['-CA', ca, '-CAkey', key, '-CAcreateserial', '-days', '2', '-extfile', extensions];
    await exec('openssl', ['x509', '-req', '-in', request, ...by, '-out', signed.cert]);
    return signed;
  };
  return { ca, sign };
}
