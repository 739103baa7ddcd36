import { closeSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { check, KernelError, libc } from './libc.ts';

const syscall = libc.func('long syscall(long number, ...)');
const poll = libc.func('int poll(_Inout_ uint8_t *fds, unsigned long count, int timeout)');
const ioctl = libc.func('int ioctl(int fd, unsigned long request, _Inout_ uint8_t *data)');

/** System call numbers; the same on every architecture since Linux 5.1. */
const SYS = { pidfd_send_signal: 424, pidfd_open: 434, pidfd_getfd: 438 } as const;

/** _IOWR(0xff, 11, struct pidfd_info), the first published size of the struct (include/uapi/linux/pidfd.h). */
const PIDFD_GET_INFO = 0xc040ff0b;
const INFO_SIZE = 64;
const INFO_EXIT = 1 << 3;
const EXIT_CODE_OFFSET = 60;
const POLLIN = 1;

/** A process held by file descriptor: its number can't be given to another process while we look. */
export class Pidfd {
  readonly pid: number;
  private fd: number;

  private constructor(pid: number, fd: number) {
    this.pid = pid;
    this.fd = fd;
  }

  /** Throws KernelError with code ESRCH when there is no such process. */
  static open(pid: number): Pidfd {
    return new Pidfd(pid, check(syscall(SYS.pidfd_open, 'int', pid, 'uint', 0), `pidfd_open ${pid}`));
  }

  /** Sends a signal by number; false when the process has ended. */
  signal(number: number): boolean {
    try {
      const result = syscall(SYS.pidfd_send_signal, 'int', this.fd, 'int', number, 'void *', null, 'uint', 0);
      check(result, `pidfd_send_signal ${number} to ${this.pid}`);
      return true;
    } catch (error) {
      if (error instanceof KernelError && error.errno === constants.errno.ESRCH) return false;
      throw error;
    }
  }

  /** Whether it has ended (a zombie has). Costs one poll(2) that does not wait. */
  get ended(): boolean {
    const request = Buffer.alloc(8);
    request.writeInt32LE(this.fd, 0);
    request.writeInt16LE(POLLIN, 4);
    return check(poll(request, 1, 0), 'poll') > 0;
  }

  /**
   * How it ended: 0-255, or 128+n for signal n. Undefined while it runs, and when its parent has reaped it already on a kernel before
   * 6.15, which keeps no record.
   */
  exitCode(): number | undefined {
    const status = this.recordedStatus() ?? this.zombieStatus() ?? this.recordedStatus();
    return status === undefined ? undefined : exitCodeOf(status);
  }

  /** What /proc says under its number, as long as that can't be another process's: ours has not been reaped. */
  private zombieStatus(): number | undefined {
    if (!this.ended) return undefined;
    // Read only now: the kernel takes the code before it takes the state.
    const status = zombieStatus(this.pid);
    return this.signal(0) ? status : undefined;
  }

  /** What the kernel keeps of a reaped process for those who hold it. */
  private recordedStatus(): number | undefined {
    const info = Buffer.alloc(INFO_SIZE);
    info.writeBigUInt64LE(BigInt(INFO_EXIT), 0);
    if (ioctl(this.fd, PIDFD_GET_INFO, info) < 0) return undefined;
    if ((info.readBigUInt64LE(0) & BigInt(INFO_EXIT)) === 0n) return undefined;
    return info.readInt32LE(EXIT_CODE_OFFSET);
  }

  /** Duplicates a file descriptor of the process into ours. */
  takeFd(target: number): number {
    return check(syscall(SYS.pidfd_getfd, 'int', this.fd, 'int', target, 'uint', 0), `pidfd_getfd ${target}`);
  }

  /** May be called more than once. */
  close(): void {
    if (this.fd < 0) return;
    closeSync(this.fd);
    this.fd = -1;
  }
}

/** The wait status of a process that its parent has not reaped yet: the last field of /proc/PID/stat (proc_pid_stat(5)). */
function zombieStatus(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? Number(fields.at(-1)) : undefined;
  } catch {
    return undefined;
  }
}

/** A wait status (waitpid(2)) as a shell counts it. */
function exitCodeOf(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal;
}
