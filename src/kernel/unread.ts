import { libc } from './libc.ts';

const ioctl = libc.func('int ioctl(int fd, unsigned long request, _Inout_ uint8_t *data)');

/** linux/sockios.h */
const SIOCOUTQ = 0x5411;

/** What of a socket's output its other side has not read yet (unix) or acknowledged (TCP): 0 = nothing; undefined where that is unknown. */
export function unread(fd: number): number | undefined {
  const size = Buffer.alloc(8);
  return ioctl(fd, SIOCOUTQ, size) < 0 ? undefined : size.readInt32LE();
}
