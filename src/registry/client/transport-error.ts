import { EngineError } from '../../lib/errors.ts';

/** A request that got no answer. `transient`: the same again may work. */
export class TransportError extends EngineError {
  readonly transient: boolean;

  constructor(message: string, transient: boolean, cause: unknown) {
    super('unavailable', message, { cause });
    this.name = 'TransportError';
    this.transient = transient;
  }
}

const transientCodes = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ECONNABORTED']);

/** Tells a failed request in the words that Docker's users know: `Get "https://h/v2/": dial tcp 10.0.0.1:443: connect: connection refused`. */
export function transportError(method: string, url: URL, error: unknown): TransportError {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const detail = first as NodeJS.ErrnoException & { address?: string; port?: number; reason?: string };
  const verb = method.charAt(0) + method.slice(1).toLowerCase();
  const message = `${verb} ${JSON.stringify(printable(url))}: ${reasonOf(detail, url.hostname)}`;
  return new TransportError(message, transientCodes.has(String(detail.code ?? '')), error);
}

/** A URL without what may be secret in it: user, password, query. */
export const printable = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`;

const systemTexts: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  ECONNRESET: 'connection reset by peer',
  EPIPE: 'broken pipe',
};

const tlsTexts: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'x509: certificate has expired or is not yet valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'x509: certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'x509: certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'x509: certificate signed by unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'x509: certificate is not valid for this host',
};

function reasonOf(
  error: NodeJS.ErrnoException & { address?: string; port?: number; reason?: string },
  host: string,
): string {
  const code = String(error.code ?? '');
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${host}: no such host`;
  if (code === 'EAI_AGAIN') return `dial tcp: lookup ${host}: Temporary failure in name resolution`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_WRONG') || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return 'http: server gave HTTP response to HTTPS client';
  const tls = tlsTexts[code];
  if (tls) return `tls: failed to verify certificate: ${tls}${error.reason ? `: ${error.reason}` : ''}`;
  const alert = /^ERR_SSL_.*ALERT_([A-Z_]+)$/.exec(code)?.[1];
  if (alert) return `remote error: tls: ${alert.toLowerCase().replaceAll('_', ' ')}`;
  const system = systemTexts[code];
  if (!system) return error.message.replace(/\s+/g, ' ').trim();
  if (error.syscall !== 'connect') return error.syscall ? `${error.syscall} tcp: ${system}` : system;
  const address = error.address?.includes(':') ? `[${error.address}]` : error.address;
  return `dial tcp ${address}:${error.port}: connect: ${system}`;
}
