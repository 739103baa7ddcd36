import { STATUS_CODES } from '../lib/http.ts';
import type { Duplex } from 'node:stream';
import { isAbort } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Answer, Headers } from './call.ts';
import { serveWebSocket } from './serve-websocket.ts';
import { bodyOf } from './write-answer.ts';

/** Writes an answer to a connection that the client asked to take over: `101 UPGRADED` and raw bytes, or an ordinary error. */
export async function writeUpgraded(
  socket: Duplex,
  answer: Answer,
  common: Headers,
  logger: Logger,
): Promise<void> {
  if (!takesOver(answer)) return writePlain(socket, answer, common);
  try {
    if (answer.type === 'connection') {
      socket.write(
        formatHead(101, 'Switching Protocols', { Connection: 'Upgrade', Upgrade: answer.protocol }),
      );
      return await answer.serve(socket);
    }
    if (answer.type === 'websocket') {
      const headers = { ...common, Connection: 'Upgrade', Upgrade: 'websocket' };
      socket.write(
        formatHead(101, 'Switching Protocols', { ...headers, 'Sec-WebSocket-Accept': answer.accept }),
      );
      await serveWebSocket(socket, answer.binary, answer.serve);
    } else {
      const headers = {
        'Content-Type': answer.contentType,
        Connection: 'Upgrade',
        Upgrade: 'tcp',
        ...common,
      };
      socket.write(formatHead(101, 'UPGRADED', headers));
      await answer.serve(socket, socket);
    }
  } catch (error) {
    if (!isAbort(error) && !socket.destroyed) logger.warn('stream broke off', { error });
  } finally {
    socket.end();
    socket.resume();
  }
}

type Takeover = Extract<Answer, { type: 'duplex' | 'websocket' | 'connection' }>;

const takesOver = (answer: Answer): answer is Takeover =>
  answer.type === 'duplex' || answer.type === 'websocket' || answer.type === 'connection';

function writePlain(socket: Duplex, answer: Exclude<Answer, Takeover>, common: Headers): void {
  if (answer.type === 'stream') {
    socket.destroy();
    return;
  }
  const body = bodyOf(answer);
  const headers = { ...common, ...answer.headers, ...body?.headers, Connection: 'close' };
  socket.end(
    formatHead(answer.status, STATUS_CODES[answer.status] ?? 'Error', headers) + (body?.content ?? ''),
  );
  socket.resume();
}

function formatHead(status: number, reason: string, headers: Headers): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n`;
}
