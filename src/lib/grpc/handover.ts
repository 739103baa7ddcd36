import type { Duplex } from 'node:stream';

/**
 * Makes a connection fit for HTTP/2. What came already becomes one piece: Node reads it piece by piece, and fails outside of all error
 * handling when one of them ends the session. And who hangs up is gone: servers of HTTP/1.1 let connections live on half open, on
 * which HTTP/2 would wait for ever.
 */
export function takeOver(socket: Duplex): Duplex {
  const pieces: Buffer[] = [];
  while (socket.readableLength > 0) {
    const piece = socket.read() as Buffer | null;
    if (!piece) break;
    pieces.push(piece);
  }
  if (pieces.length > 0) socket.unshift(Buffer.concat(pieces));
  socket.once('end', () => socket.destroy());
  return socket;
}
