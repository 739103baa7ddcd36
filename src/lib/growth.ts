/** Ended, in the lowest bit; the bytes above it. */
const ENDED = 1n;
const BROKEN = -1n;

/** Tells threads that read a file how far another one has written it. */
export class Growth {
  /** For `waitForGrowth` in another thread. */
  readonly shared = new SharedArrayBuffer(8);
  private readonly cell = new BigInt64Array(this.shared);
  private size = 0;

  /** So many bytes can be read. */
  advance(size: number): void {
    this.size = size;
    this.set(BigInt(size) << 1n);
  }

  /** Nothing comes after them. */
  end(): void {
    this.set((BigInt(this.size) << 1n) | ENDED);
  }

  /** The rest will never come. */
  break(): void {
    this.set(BROKEN);
  }

  private set(state: bigint): void {
    Atomics.store(this.cell, 0, state);
    Atomics.notify(this.cell, 0);
  }
}

/** Blocks until there is more than `at` bytes, or all; returns how many there are. Throws when the writer broke off. */
export function waitForGrowth(shared: SharedArrayBuffer, at: number): number {
  const cell = new BigInt64Array(shared);
  for (;;) {
    const state = Atomics.load(cell, 0);
    if (state === BROKEN) throw new Error('the file broke off');
    const size = Number(state >> 1n);
    if (size > at || (state & ENDED) === ENDED) return size;
    Atomics.wait(cell, 0, state);
  }
}
