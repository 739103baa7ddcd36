import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates, type SecureContextOptions } from 'node:tls';
import { hasCode, invalid } from '../../lib/errors.ts';

/** What `<caDir>/<host>/` says about TLS with a registry: more authorities (`*.crt`) and client certificates (`*.cert` with `*.key`). */
export function certificatesOf(caDir: string | undefined, host: string): SecureContextOptions {
  const directory = directoryOf(caDir, host);
  if (directory === undefined) return {};
  const names = filesOf(directory);
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const authorities = names.filter((name) => name.endsWith('.crt')).map(read);
  const clients = names.filter((name) => name.endsWith('.cert'));
  return {
    ...(authorities.length > 0 && { ca: [...rootCertificates, ...authorities] }),
    ...(clients.length > 0 && {
      cert: clients.map(read),
      key: clients.map((name) => read(keyFor(directory, name, names))),
    }),
  };
}

/** Differs when what `certificatesOf` reads has changed, so that a new certificate needs no new engine. */
export function certificatesVersion(caDir: string | undefined, host: string): string {
  const directory = directoryOf(caDir, host);
  if (directory === undefined) return '';
  const stamp = (name: string): string =>
    String(statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs);
  return filesOf(directory)
    .map((name) => `${name} ${stamp(name)}`)
    .join('\n');
}

function directoryOf(caDir: string | undefined, host: string): string | undefined {
  return caDir === undefined || !/^[\w.:[\]-]+$/.test(host) || host.startsWith('.')
    ? undefined
    : join(caDir, host);
}

function keyFor(directory: string, certificate: string, names: readonly string[]): string {
  const key = certificate.replace(/\.cert$/, '.key');
  if (names.includes(key)) return key;
  throw invalid(
    `missing key ${key} for client certificate ${certificate} in ${directory}. CA certificates must use the extension .crt`,
  );
}

function filesOf(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
