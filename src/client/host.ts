import { invalid } from '../lib/errors.ts';

/** Where an engine listens. */
export type Host =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly hostname: string; readonly port: number; readonly tls?: TlsFiles };

/** PEM texts, as in `$DOCKER_CERT_PATH`. */
export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly verify: boolean;
}

/** Parses `unix:///run/x.sock`, `tcp://127.0.0.1:2375`, `http://…`. */
export function parseHost(text: string): Host {
  const match = /^([a-z+]+):\/\/(.*)$/.exec(text);
  if (!match) throw invalid(`unable to parse docker host \`${text}\``);
  const [, scheme, rest = ''] = match;
  if (scheme === 'unix') {
    if (!rest.startsWith('/')) throw invalid(`unable to parse docker host \`${text}\`: want unix:///path`);
    return { kind: 'unix', path: rest };
  }
  if (scheme === 'tcp' || scheme === 'http' || scheme === 'https') {
    const url = new URL(`http://${rest}`);
    const hostname = url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
    return { kind: 'tcp', hostname, port: Number(url.port || (scheme === 'https' ? 2376 : 2375)) };
  }
  throw invalid(`unsupported docker host scheme \`${scheme}\`: want unix:// or tcp://`);
}

export const formatHost = (host: Host): string =>
  host.kind === 'unix'
    ? `unix://${host.path}`
    : `tcp://${host.hostname.includes(':') ? `[${host.hostname}]` : host.hostname}:${host.port}`;
