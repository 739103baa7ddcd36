import { closeSync } from 'node:fs';
import { addressBytes } from '../lib/ip-address.ts';
import { check, libc } from './libc.ts';

const socketCall = libc.func('int socket(int domain, int type, int protocol)');
const bindCall = libc.func('int bind(int fd, const uint8_t *address, uint32_t length)');
const listenCall = libc.func('int listen(int fd, int backlog)');
const sendCall = libc.func('int64_t send(int fd, const uint8_t *data, uint64_t length, int flags)');
const recvCall = libc.func('int64_t recv(int fd, void *buffer, uint64_t length, int flags)');
const setsockoptCall = libc.func(
  'int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)',
);

export const AF = { INET: 2, INET6: 10, NETLINK: 16 } as const;
export const SOCK = { STREAM: 1, DGRAM: 2, RAW: 3, NONBLOCK: 0o4000, CLOEXEC: 0o2000000 } as const;
export const SOL_SOCKET = 1;
/** The FORCE forms pass the system's limits, for the privileged. */
export const SO = { REUSEADDR: 2, RCVTIMEO: 20, SNDBUFFORCE: 32, RCVBUFFORCE: 33 } as const;
const IPPROTO_IPV6 = 41;
const IPPROTO_SCTP = 132;
const IPV6_V6ONLY = 26;

/** socket(2), always close-on-exec. */
export function openSocket(domain: number, type: number, protocol: number): number {
  return check(socketCall(domain, type | SOCK.CLOEXEC, protocol), 'socket');
}

export function bindSocket(fd: number, address: Buffer): void {
  check(bindCall(fd, address, address.length), 'bind');
}

export function send(fd: number, data: Buffer, length: number = data.length): void {
  check(sendCall(fd, data, length, 0), 'send');
}

/** recv(2): number of bytes now in `buffer`. Blocks unless the socket says otherwise. */
export function receive(fd: number, buffer: Buffer): number {
  return check(recvCall(fd, buffer, buffer.length, 0), 'recv');
}

export function setSocketOption(fd: number, level: number, name: number, value: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  check(setsockoptCall(fd, level, name, bytes, bytes.length), 'setsockopt');
}

export function setReceiveTimeout(fd: number, seconds: number): void {
  const timeval = Buffer.alloc(16);
  timeval.writeBigInt64LE(BigInt(seconds));
  check(setsockoptCall(fd, SOL_SOCKET, SO.RCVTIMEO, timeval, timeval.length), 'setsockopt');
}

/**
 * A bound socket in the namespace of the calling thread, non-blocking, ready for `listen({ fd })` or `bind({ fd })` in any thread.
 * Those that take connections listen already.
 */
export function openBoundSocket(kind: 'udp' | 'tcp' | 'sctp', address: string, port: number): number {
  const domain = address.includes(':') ? AF.INET6 : AF.INET;
  const type = (kind === 'udp' ? SOCK.DGRAM : SOCK.STREAM) | SOCK.NONBLOCK;
  const fd = openSocket(domain, type, kind === 'sctp' ? IPPROTO_SCTP : 0);
  try {
    if (kind === 'tcp') setSocketOption(fd, SOL_SOCKET, SO.REUSEADDR, 1);
    if (domain === AF.INET6) setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    bindSocket(fd, socketAddress(address, port));
    if (kind !== 'udp') check(listenCall(fd, 128), 'listen');
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** struct sockaddr_in or sockaddr_in6. */
function socketAddress(address: string, port: number): Buffer {
  const bytes = addressBytes(address);
  const result = Buffer.alloc(bytes.length === 4 ? 16 : 28);
  result.writeUInt16LE(bytes.length === 4 ? AF.INET : AF.INET6, 0);
  result.writeUInt16BE(port, 2);
  bytes.copy(result, bytes.length === 4 ? 4 : 8);
  return result;
}
