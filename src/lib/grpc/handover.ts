import type { Duplex } from 'node:stream';

/**
 * A connection as HTTP/2 may have it. Node reads what came already in pieces, and fails outside of all error handling when one of them
 * ends the session: so there is one piece.
 */
export function asOnePiece(socket: Duplex): Duplex {
  const pieces: Buffer[] = [];
  while (socket.readableLength > 0) {
    const piece = socket.read() as Buffer | null;
    if (!piece) break;
    pieces.push(piece);
  }
  if (pieces.length > 0) socket.unshift(Buffer.concat(pieces));
  return socket;
}
