import type { ClientRequest, IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError, hasCode, kindOf, messageOf } from '../../lib/errors.ts';
import * as http from '../../lib/http.ts';
import type { PluginAddress } from './find-plugin.ts';

export interface CallLimits {
  /** Milliseconds for the whole call, with its repetitions. */
  readonly within: number;
  /** Whether to try again while nobody listens: the plugin may be about to start. */
  readonly patient: boolean;
  readonly maxBytes?: number;
}

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2000;
/** A plugin that nobody starts is not waited for as long as one that works. */
const START_PATIENCE = 8000;
const LARGEST_ANSWER = 1 << 20;
const LARGEST_MESSAGE = 2000;

/**
 * One call of Docker's plugin protocol: JSON in, JSON out. `locate` is asked before each attempt, for a plugin that starts anew may listen
 * elsewhere. Throws `internal` with the plugin's own message, or with what went wrong on the way.
 */
export async function callPlugin(
  locate: () => PluginAddress,
  method: string,
  body: unknown,
  limits: CallLimits,
): Promise<Record<string, unknown>> {
  const signal = AbortSignal.timeout(limits.within);
  const started = Date.now();
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await callOnce(locate(), method, body, limits, signal);
    } catch (error) {
      if (signal.aborted) throw failed(method, `no answer within ${limits.within / 1000} seconds`, error);
      const isAbsent = hasCode(error, 'ECONNREFUSED', 'ENOENT') || kindOf(error) === 'not-found';
      if (!limits.patient || !isAbsent || Date.now() - started + pause > START_PATIENCE)
        throw error instanceof EngineError ? error : failed(method, reasonOf(error), error);
      await sleep(pause);
    }
  }
}

async function callOnce(
  address: PluginAddress,
  method: string,
  body: unknown,
  limits: CallLimits,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const response = await send(address, method, JSON.stringify(body ?? {}), signal);
  const text = await collect(response, limits.maxBytes ?? LARGEST_ANSWER, method);
  const value = objectIn(text);
  const told = typeof value?.['Err'] === 'string' ? value['Err'].slice(0, LARGEST_MESSAGE) : '';
  if (response.statusCode !== 200)
    throw failed(method, told || text.trim().slice(0, LARGEST_MESSAGE) || `status ${response.statusCode}`);
  if (told !== '') throw new EngineError('internal', told);
  if (!value) throw failed(method, 'the answer is no JSON object');
  return value;
}

async function send(
  address: PluginAddress,
  method: string,
  body: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const options = {
    method: 'POST',
    path: `/${method}`,
    signal,
    agent: false as const,
    headers: {
      Host: 'plugin',
      Accept: 'application/vnd.docker.plugins.v1.2+json',
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    },
  };
  const request = await open(address, options);
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

async function open(address: PluginAddress, options: object): Promise<ClientRequest> {
  const { socketPath, url, tls } = address;
  if (socketPath !== undefined) return http.request({ socketPath, ...options });
  const where = { host: url?.hostname.replace(/^\[|\]$/g, ''), port: url?.port };
  if (!tls && url?.protocol !== 'https:') return http.request({ ...where, ...options });
  const https = await import('../../lib/https.ts');
  const { insecure = true, ...files } = tls ?? {};
  return https.request({ ...where, ...files, rejectUnauthorized: !insecure, ...options });
}

async function collect(response: IncomingMessage, maxBytes: number, method: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) {
      response.destroy();
      throw failed(method, `the answer is larger than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const reasonOf = (error: unknown): string =>
  hasCode(error, 'ENOENT', 'ECONNREFUSED')
    ? 'the plugin does not run (nobody listens at its address)'
    : messageOf(error);

const failed = (method: string, why: string, cause?: unknown): EngineError =>
  new EngineError('internal', `${method}: ${why}`, { cause });
