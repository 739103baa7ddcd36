/** What a step may print before the rest is left out, as BuildKit has it. */
const LARGEST = 2 << 20;

/** Keeps the output of a step from filling the memory of the engine and the screen of its client. */
export class LogClip {
  private left = LARGEST;

  /** What is to be told of a piece of output. */
  pass(data: Buffer): Buffer[] {
    if (this.left <= 0) return [];
    this.left -= data.length;
    if (this.left > 0) return [data];
    const kept = data.subarray(0, data.length + this.left);
    return [kept, Buffer.from(`\n[output clipped, log limit ${LARGEST >> 20}MiB reached]\n`)];
  }
}
