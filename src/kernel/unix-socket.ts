import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { check, KernelError, libc } from './libc.ts';

const socket = libc.func('int socket(int domain, int type, int protocol)');
const connect = libc.func('int connect(int fd, const uint8_t *address, uint32_t length)');
const shutdown = libc.func('int shutdown(int fd, int how)');
const send = libc.func('long send(int fd, const uint8_t *data, size_t length, int flags)');

const AF_UNIX = 1;
const types = { datagram: 2, seqpacket: 5 } as const;
const SOCK_CLOEXEC = 0o2000000;
const SHUT_RD = 0;
const SHUT_WR = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** Bytes that fit into sockaddr_un.sun_path with its final zero. */
export const MAX_SOCKET_PATH = 107;

/** A connected unix socket of packets (SEQPACKET, or datagrams as of log services) that we only write to (`node:net` knows stream sockets alone). */
export class PacketSender {
  private fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Throws KernelError: ENOENT and ECONNREFUSED mean that nobody listens at `path`. */
  static connect(path: string, type: keyof typeof types = 'seqpacket'): PacketSender {
    const fd = check(socket(AF_UNIX, types[type] | SOCK_CLOEXEC, 0), 'socket');
    try {
      const address = socketAddress(path);
      check(connect(fd, address, address.length), `connect ${path}`);
      check(shutdown(fd, SHUT_RD), `shutdown ${path}`);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return new PacketSender(fd);
  }

  /** Sends one packet without waiting; false when the peer's queue is full. Throws EPIPE when the peer is gone. */
  trySend(packet: Uint8Array): boolean {
    const sent = send(this.fd, packet, packet.length, MSG_DONTWAIT | MSG_NOSIGNAL);
    try {
      check(sent, 'send');
      return true;
    } catch (error) {
      if (error instanceof KernelError && error.errno === constants.errno.EAGAIN) return false;
      throw error;
    }
  }

  /** Tells the peer that no more comes. */
  finish(): void {
    if (this.fd >= 0) shutdown(this.fd, SHUT_WR);
  }

  /** May be called more than once. */
  close(): void {
    if (this.fd < 0) return;
    closeSync(this.fd);
    this.fd = -1;
  }
}

/** A path as sockaddr_un. */
export function socketAddress(path: string): Buffer {
  const name = Buffer.from(path);
  if (name.length > MAX_SOCKET_PATH)
    throw new Error(`Socket path is longer than ${MAX_SOCKET_PATH} bytes: ${path}`);
  const address = Buffer.alloc(2 + name.length + 1);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  return address;
}
