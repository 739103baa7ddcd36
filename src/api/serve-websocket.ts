import type { Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { closeCodes, closeFrame, encodeFrame, FrameReader, FrameWriter, opcodes } from './websocket.ts';

/** Runs `serve` over a connection whose handshake is done; what it reads and writes are the bytes in the frames. Closes properly. */
export async function serveWebSocket(
  socket: Duplex,
  binary: boolean,
  serve: (input: Readable, output: Writable) => Promise<void>,
): Promise<void> {
  const reader = new FrameReader((opcode, payload) => {
    if (socket.writableEnded) return;
    if (opcode === opcodes.ping) socket.write(encodeFrame(opcodes.pong, payload));
    // an answer and the end of the connection: the client listens no longer
    if (opcode === opcodes.close) socket.end(encodeFrame(opcodes.close, payload.subarray(0, 2)));
  });
  reader.on('error', () => {
    if (!socket.writableEnded) socket.end(closeFrame(closeCodes.protocolError));
  });
  socket.on('data', (chunk) => {
    if (!reader.destroyed && !reader.writableEnded && !reader.write(chunk)) socket.pause();
  });
  reader.on('drain', () => socket.resume());
  socket.once('end', () => reader.end());
  socket.once('close', () => reader.destroy());
  const writer = new FrameWriter(binary ? opcodes.binary : opcodes.text);
  const written = pipeline(writer, socket).catch(() => {}); // the client has gone
  socket.once('close', () => writer.destroy());
  try {
    await serve(reader, writer);
  } finally {
    writer.end();
    await written;
  }
}
