import { invalid } from '../lib/errors.ts';

/** Where an engine listens. */
export type Host = UnixHost | TcpHost | SshHost;

interface UnixHost {
  readonly kind: 'unix';
  readonly path: string;
}
interface TcpHost {
  readonly kind: 'tcp';
  readonly hostname: string;
  readonly port: number;
  readonly tls?: TlsFiles;
}
/** An engine on another machine, reached through its `dial-stdio`. */
interface SshHost {
  readonly kind: 'ssh';
  readonly hostname: string;
  readonly user?: string;
  readonly port?: number;
  /** The engine's socket there; absent = where its own command line looks. */
  readonly socket?: string;
}

/** PEM texts, as in `$DOCKER_CERT_PATH`. */
export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** The engine's certificate must be good, too. */
  readonly verify: boolean;
}

/** Parses `unix:///run/x.sock`, `tcp://127.0.0.1:2375`, `http://…`, `ssh://user@host`. TLS is for TCP only. */
export function parseHost(text: string, tls?: TlsFiles): Host {
  const match = /^([a-z+]+):\/\/(.*)$/.exec(text);
  if (!match) throw invalid(`unable to parse docker host \`${text}\``);
  const [, scheme, rest = ''] = match;
  if (scheme === 'unix') {
    if (!rest.startsWith('/')) throw invalid(`unable to parse docker host \`${text}\`: want unix:///path`);
    return { kind: 'unix', path: rest };
  }
  if (scheme === 'ssh') return sshHost(text);
  if (scheme !== 'tcp' && scheme !== 'http' && scheme !== 'https')
    throw invalid(`unsupported docker host scheme \`${scheme}\`: want unix://, tcp:// or ssh://`);
  const url = URL.parse(`http://${rest}`);
  if (!url) throw invalid(`unable to parse docker host \`${text}\``);
  const secure = tls ?? (scheme === 'https' ? { verify: true } : undefined);
  const hostname = url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
  // `URL` leaves out the port 80 that it takes for granted
  const port = /:(\d+)(?:\/|$)/.exec(rest)?.[1] ?? (secure ? 2376 : 2375);
  return { kind: 'tcp', hostname, port: Number(port), ...(secure && { tls: secure }) };
}

function sshHost(text: string): SshHost {
  const bad = (why: string): Error => invalid(`unable to parse docker host \`${text}\`: ${why}`);
  const url = URL.parse(text);
  if (!url?.hostname) throw bad('no host specified');
  if (url.password !== '') throw bad('plain-text password is not supported');
  if (url.search !== '' || url.hash !== '') throw bad('want ssh://user@host:port');
  const [user, hostname] = [decodeURIComponent(url.username), url.hostname.replace(/^\[|\]$/g, '')];
  if (user.startsWith('-') || hostname.startsWith('-')) throw bad('a name must not begin with -');
  const socket = url.pathname === '/' ? '' : url.pathname;
  return {
    kind: 'ssh',
    hostname,
    ...(user !== '' && { user }),
    ...(url.port !== '' && { port: Number(url.port) }),
    ...(socket !== '' && { socket }),
  };
}

export function formatHost(host: Host): string {
  if (host.kind === 'unix') return `unix://${host.path}`;
  const name = host.hostname.includes(':') ? `[${host.hostname}]` : host.hostname;
  if (host.kind === 'tcp') return `tcp://${name}:${host.port}`;
  return `ssh://${host.user === undefined ? '' : `${host.user}@`}${name}${host.port === undefined ? '' : `:${host.port}`}${host.socket ?? ''}`;
}
