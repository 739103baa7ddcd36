import { readFileSync, readlinkSync } from 'node:fs';
import { invalid } from '../lib/errors.ts';

const FIRST_FD = 3;

/** A listening socket that the starter of this process opened for it. */
export interface InheritedSocket {
  readonly fd: number;
  /** A unix socket: TLS is none of its business. */
  readonly isUnix: boolean;
}

/** sd_listen_fds(3): what systemd opened for this process; one of them, or all. */
export function inheritedSockets(which: number | 'all'): InheritedSocket[] {
  const all = inheritedDescriptors();
  if (all.length === 0)
    throw invalid(
      'fd://: no sockets found via socket activation: make sure the service was started by systemd (LISTEN_FDS, LISTEN_PID)',
    );
  if (which !== 'all' && !all.includes(which))
    throw invalid(`fd://${which}: too few socket activated files passed in by systemd (${all.length})`);
  return (which === 'all' ? all : [which]).map((fd) => ({ fd, isUnix: isUnixSocket(fd) }));
}

/** Their numbers; none when nothing was handed over to this process. */
export function inheritedDescriptors(): number[] {
  const { LISTEN_PID, LISTEN_FDS } = process.env;
  if (Number(LISTEN_PID) !== process.pid || !/^[1-9]\d{0,3}$/.test(LISTEN_FDS ?? '')) return [];
  return Array.from({ length: Number(LISTEN_FDS) }, (_, index) => FIRST_FD + index);
}

function isUnixSocket(fd: number): boolean {
  const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
  if (inode === undefined) throw invalid(`fd://${fd}: what was handed over is no socket`);
  return readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .some((line) => line.trim().split(/ +/)[6] === inode);
}
