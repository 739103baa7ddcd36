import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Host, TlsFiles } from './host.ts';

/** What Node's TLS wants of our files. */
export function tlsOptions({ ca, cert, key, verify }: TlsFiles): object {
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    rejectUnauthorized: verify,
    allowHalfOpen: true,
  };
}

/** Opens a raw connection to an engine, in whatever way it is reached. */
export async function openConnection(host: Host): Promise<Duplex> {
  if (host.kind === 'ssh') return (await import('./ssh.ts')).connectBySsh(host);
  const socket: Socket =
    host.kind === 'unix'
      ? connectTcp({ path: host.path, allowHalfOpen: true })
      : connectTcp({ host: host.hostname, port: host.port, allowHalfOpen: true });
  if (host.kind === 'unix' || !host.tls) {
    await once(socket, 'connect');
    return socket;
  }
  const { connect } = process.getBuiltinModule('node:tls');
  const secure = connect({ socket, servername: host.hostname, ...tlsOptions(host.tls) });
  await once(secure, 'secureConnect');
  return secure;
}
