import { EngineError, invalid } from '../lib/errors.ts';
import { isLoopback } from '../lib/loopback.ts';

/** Where to listen, checked. */
export type Address =
  | { readonly scheme: 'unix'; readonly path: string }
  | { readonly scheme: 'tcp'; readonly host: string; readonly port: number }
  /** `which`: the number of one file descriptor, or all that were handed over. */
  | { readonly scheme: 'fd'; readonly which: number | 'all' };

export interface AddressRules {
  /** TCP without TLS may be listened on beyond loopback. */
  readonly allowRemote: boolean;
  readonly tls?: object;
}

/** Parses `unix:///path`, `tcp://address:port`, `fd://`. Refuses TCP beyond loopback unless TLS guards it or that is allowed. */
export function parseAddress(host: string, rules: AddressRules): Address {
  const isBare = host !== '' && !host.startsWith('/') && !host.includes('://');
  const [, scheme, rest = ''] = /^(unix|tcp|fd):\/\/(.*)$/s.exec(isBare ? `tcp://${host}` : host) ?? [];
  switch (scheme) {
    case 'unix':
      return unixAddress(rest);
    case 'tcp':
      return tcpAddress(rest, rules);
    case 'fd':
      return { scheme: 'fd', which: fdNumber(rest) };
    default:
      throw invalid(`invalid host ${JSON.stringify(host)}: want unix:///path, tcp://address:port or fd://`);
  }
}

function unixAddress(path: string): Address {
  const fail = (why: string): Error => invalid(`invalid host unix://${path}: ${why}`);
  if (!path.startsWith('/')) throw fail('want an absolute path');
  if (Buffer.byteLength(path) > 107) throw fail("longer than the 107 bytes that a socket's path may have");
  return { scheme: 'unix', path };
}

function tcpAddress(text: string, { allowRemote, tls }: AddressRules): Address {
  const url = URL.parse(`tcp://${text}`);
  if (!url || (url.pathname !== '' && url.pathname !== '/'))
    throw invalid(`invalid host tcp://${text}: want tcp://address:port`);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1';
  if (!allowRemote && !tls && !isLoopback(host)) {
    throw new EngineError(
      'forbidden',
      `refusing to listen on tcp://${text}: whoever reaches it controls this host. Use a unix socket, ssh or a loopback address, ` +
        `or --tlsverify with --tlscacert, --tlscert and --tlskey; or --allow-remote to listen without encryption`,
    );
  }
  return { scheme: 'tcp', host, port: Number(url.port || (tls ? 2376 : 2375)) };
}

function fdNumber(text: string): number | 'all' {
  if (text === '' || text === '*') return 'all';
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw invalid(
      `invalid host fd://${text}: failed to parse systemd fd address: should be a number: ${text}`,
    );
  return Number(text);
}
