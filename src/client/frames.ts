/** One frame of a multiplexed stream (Engine API, "Stream format"). */
export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

/** Takes a multiplexed stream apart. A raw one (`multiplexed` false) is all `stdout`. */
export async function* readFrames(
  source: AsyncIterable<Uint8Array>,
  multiplexed: boolean,
): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    if (!multiplexed) {
      yield { stream: 'stdout', data: Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) };
      continue;
    }
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= 8) {
      const size = rest.readUInt32BE(at + 4);
      if (rest.length - at - 8 < size) break;
      yield { stream: rest[at] === 2 ? 'stderr' : 'stdout', data: rest.subarray(at + 8, at + 8 + size) };
      at += 8 + size;
    }
    rest = rest.subarray(at);
  }
}
