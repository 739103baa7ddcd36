import { readFileSync } from 'node:fs';

const EVERY_MS = 50;

/** Watches how large a process becomes, with the programs that it starts left out. */
export class PeakMemory implements Disposable {
  private readonly pid: number;
  private readonly timer: NodeJS.Timeout;
  private peak = 0;

  constructor(pid: number) {
    this.pid = pid;
    this.timer = setInterval(() => this.look(), EVERY_MS);
    this.look();
  }

  /** Resident bytes at most so far. */
  read(): number {
    this.look();
    return this.peak;
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const [, resident = '0'] =
      /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    this.peak = Math.max(this.peak, Number(resident) * 1024);
  }
}
