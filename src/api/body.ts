import { EngineError, invalid, messageOf } from '../lib/errors.ts';
import { jsonFault } from '../lib/json-fault.ts';
import type { Call } from './call.ts';
import { checkShape, type Shape } from './shape.ts';

const MAX_BODY = 8 << 20;
const MAX_DEPTH = 64;

/** Reads a JSON body and checks it against its shape. An empty body and `null` are `{}`. */
export async function readJson<T>(call: Call, shape: Shape): Promise<T> {
  const content = await readAll(call);
  if (content.trim() === '') return {} as T;
  checkContentType(call);
  checkDepth(content);
  return checkShape(parse(content) ?? {}, shape) as T;
}

/** Reads a JSON body that must not be empty. */
export async function readRequiredJson<T>(call: Call, shape: Shape): Promise<T> {
  const length = call.headers['content-length'];
  if (length === '0' || (length === undefined && call.headers['transfer-encoding'] === undefined))
    throw invalid('invalid JSON: got EOF while reading request body');
  return readJson<T>(call, shape);
}

async function readAll(call: Call): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of call.body) {
    size += chunk.length;
    if (size > MAX_BODY) throw invalid(`request body is too large: more than ${MAX_BODY >> 20} MiB of JSON`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function checkContentType(call: Call): void {
  const type = call.headers['content-type'];
  if (type === undefined) throw invalid('malformed Content-Type header (): mime: no media type');
  if (/^application\/json\s*(?:;|$)/i.test(type)) return;
  throw invalid(`unsupported Content-Type header (${type}): must be 'application/json'`);
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw invalid(jsonFault(content).message);
  }
}

/** Refuses nesting that no real request has, before anything walks it. */
function checkDepth(content: string): void {
  let depth = 0;
  for (const [token] of content.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth > MAX_DEPTH) throw invalid(`invalid JSON: nested deeper than ${MAX_DEPTH} levels`);
  }
}

/** Decodes a header that carries JSON in base64 (either alphabet); `undefined` when it is absent or empty. */
export function readJsonHeader<T>(call: Call, name: string, shape: Shape): T | undefined {
  const value = call.headers[name];
  if (typeof value !== 'string' || value === '') return undefined;
  try {
    const decoded = Buffer.from(value, 'base64').toString();
    return decoded === '' ? undefined : (checkShape(JSON.parse(decoded), shape) as T);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw invalid(`invalid ${name} header: ${messageOf(error)}`, error);
  }
}
