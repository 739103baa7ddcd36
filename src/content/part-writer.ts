import type { PartFile } from './part-file.ts';

/** Bytes that may wait for the disk. */
const MOST = 2 << 20;

/** Writes chunks while the next ones come: what comes during a write goes out with the next, and nothing waits while the disk is idle. */
export class PartWriter {
  private readonly part: PartFile;
  private readonly onWritten: (size: number) => void;
  private waiting: Uint8Array[] = [];
  private count = 0;
  private writing: Promise<void> | undefined;
  private failure: { error: unknown } | undefined;
  /** Bytes of the part, with those that wait. */
  size: number;

  constructor(part: PartFile, onWritten: (size: number) => void) {
    this.part = part;
    this.size = part.size;
    this.onWritten = onWritten;
  }

  /** Waits only when the disk is slower than what comes. Throws what went wrong with an earlier chunk. */
  async write(chunk: Uint8Array): Promise<void> {
    this.waiting.push(chunk);
    this.count += chunk.length;
    this.size += chunk.length;
    this.writing ??= this.run();
    if (this.count >= MOST) await this.writing;
    this.check();
  }

  /** Waits until all is written. */
  async end(): Promise<void> {
    await this.writing;
    this.check();
  }

  private check(): void {
    if (this.failure) throw this.failure.error;
  }

  /** Never rejects. */
  private async run(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const chunks = this.waiting;
        this.waiting = [];
        this.count = 0;
        await this.part.write(chunks);
        this.onWritten(this.part.size);
      }
    } catch (error) {
      this.failure = { error };
    }
    this.writing = undefined;
  }
}
