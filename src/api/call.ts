import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Engine } from './engine.ts';

/** A request as a handler sees it, whatever carries it. */
export interface Call {
  readonly method: string;
  /** Without the version prefix. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Minor number of the API version: 51 for 1.51. */
  readonly version: number;
  readonly headers: IncomingHttpHeaders;
  /** Leaving it early is fine: what the client still sends is thrown away, so that it gets to read the answer. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Aborts when the client hangs up before it has its answer. */
  readonly signal: AbortSignal;
  /** It came by a socket of this machine's file system, as opposed to a network. */
  readonly isLocal: boolean;
}

/** What a handler answers; the server alone writes it. */
export type Answer =
  | { readonly type: 'empty'; readonly status: number; readonly headers?: Headers }
  | { readonly type: 'json'; readonly status: number; readonly value: unknown; readonly headers?: Headers }
  | { readonly type: 'text'; readonly status: number; readonly text: string; readonly headers?: Headers }
  | {
      /** The head is sent at once, then chunk by chunk at the client's pace. */
      readonly type: 'stream';
      readonly status: number;
      readonly contentType: string;
      readonly chunks: AsyncIterable<Uint8Array | string>;
      readonly headers?: Headers;
    }
  | {
      /** The connection becomes a raw pipe in both directions (`101 UPGRADED` where the client asked for it). */
      readonly type: 'duplex';
      readonly contentType: string;
      readonly serve: (input: Readable, output: Writable) => Promise<void>;
    }
  | {
      /** The connection speaks another protocol from here on. Only for a request that asked for it. */
      readonly type: 'connection';
      readonly protocol: string;
      readonly serve: (socket: Duplex) => Promise<void>;
    }
  | {
      /** Like `duplex`, with the bytes in frames of a WebSocket. Only for a request whose handshake was checked. */
      readonly type: 'websocket';
      readonly accept: string;
      readonly binary: boolean;
      readonly serve: (input: Readable, output: Writable) => Promise<void>;
    };

export type Headers = Readonly<Record<string, string>>;

/** Parses, calls one domain function, encodes. Throws EngineError; one place turns that into an answer. */
export type Handler = (call: Call, engine: Engine) => Answer | Promise<Answer>;

export const empty = (status = 204, headers: Headers = {}): Answer => ({ type: 'empty', status, headers });

export const json = (value: unknown, status = 200, headers: Headers = {}): Answer => ({
  type: 'json',
  status,
  value,
  headers,
});

export const text = (content: string, status = 200, headers: Headers = {}): Answer => ({
  type: 'text',
  status,
  text: content,
  headers,
});

export const stream = (
  chunks: AsyncIterable<Uint8Array | string>,
  contentType: string,
  headers: Headers = {},
): Answer => ({ type: 'stream', status: 200, contentType, chunks, headers });

export const duplex = (
  contentType: string,
  serve: (input: Readable, output: Writable) => Promise<void>,
): Answer => ({ type: 'duplex', contentType, serve });

/** A parameter of the route's pattern. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`the route has no parameter ${name}`);
  return value;
}
