import { readFileSync } from '../../lib/fs.ts';
import { messageOf } from '../../lib/errors.ts';
import { parseHost } from '../../client/host.ts';
import { splitCsv } from '../../lib/csv.ts';
import { ExitError } from '../exit-code.ts';
import type { TlsContents } from './store.ts';

/** What `--docker host=…,ca=…,cert=…,key=…,skip-tls-verify=…` means. */
export interface DockerEndpoint {
  readonly Host: string;
  readonly SkipTLSVerify: boolean;
  readonly tls: TlsContents;
}

const keys = ['host', 'ca', 'cert', 'key', 'skip-tls-verify', 'from'];

/** The pairs of `--docker`, which may be given several times. */
export function endpointPairs(texts: readonly string[]): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const field of texts.flatMap((text) => splitCsv(text))) {
    const [key = '', value] = field.split(/=(.*)/s);
    if (value === undefined) throw fail(`invalid key=value pair: ${field}`);
    if (!keys.includes(key)) throw fail(`unrecognized config key: ${key}`);
    pairs.set(key, value);
  }
  return pairs;
}

export function dockerEndpoint(pairs: ReadonlyMap<string, string>): DockerEndpoint {
  const skip = pairs.get('skip-tls-verify') ?? 'false';
  if (!/^(true|false|0|1)$/i.test(skip)) throw fail(`skip-tls-verify: want true or false, got ${skip}`);
  const host = pairs.get('host') ?? '';
  if (host !== '') parseHost(host);
  const files = [
    ['ca.pem', pairs.get('ca')],
    ['cert.pem', pairs.get('cert')],
    ['key.pem', pairs.get('key')],
  ] as const;
  const tls = files.flatMap(([name, path]) => (path ? [[name, read(path)] as const] : []));
  return { Host: host, SkipTLSVerify: /^(true|1)$/i.test(skip), tls: Object.fromEntries(tls) };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw fail(messageOf(error));
  }
}

const fail = (why: string): ExitError => new ExitError(1, `unable to create docker endpoint config: ${why}`);
