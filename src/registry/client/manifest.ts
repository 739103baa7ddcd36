import type { IncomingMessage } from 'node:http';
import { type Descriptor, isIndexType, isManifestType, mediaTypes } from '../../oci/descriptor.ts';
import { type Digest, digestOf, isDigest } from '../../oci/digest.ts';
import { EngineError, invalid, notFound } from '../../lib/errors.ts';
import { type Reference, familiarName, familiarRepository } from '../../oci/reference.ts';
import { discard, readBody, RegistryError } from './answer.ts';
import type { Connection } from './connection.ts';
import type { ManifestContent } from './types.ts';

/** Larger manifests are refused, as by Docker and containerd. */
export const MANIFEST_LIMIT = 4 << 20;

const accept = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerList,
  mediaTypes.dockerManifest,
  '*/*;q=0.1',
].join(', ');

export interface ManifestCall {
  readonly path: string;
  readonly tagOrDigest: string;
  readonly signal?: AbortSignal | undefined;
}

/** Asks what a tag points to. Undefined when the registry does not tell it without sending the manifest. */
export async function headManifest(
  connection: Connection,
  call: ManifestCall,
): Promise<Descriptor | undefined> {
  const response = await connection.call(`/v2/${call.path}/manifests/${call.tagOrDigest}`, {
    method: 'HEAD',
    headers: { accept },
    ok: [200, 401, 403, 404, 405],
    repeat: true,
    signal: call.signal,
  });
  discard(response);
  const digest = String(response.headers['docker-content-digest'] ?? '');
  const size = Number(response.headers['content-length'] ?? Number.NaN);
  const mediaType = mediaTypeOf(response);
  if (response.statusCode !== 200 || !isDigest(digest) || !(size > 0) || mediaType === '') return undefined;
  return { mediaType, digest, size };
}

/** Fetches and verifies a manifest or index. */
export async function getManifest(
  connection: Connection,
  call: ManifestCall & { size?: number | undefined },
): Promise<ManifestContent> {
  const response = await connection.call(`/v2/${call.path}/manifests/${call.tagOrDigest}`, {
    method: 'GET',
    headers: { accept },
    ok: [200],
    repeat: true,
    signal: call.signal,
  });
  const content = await readBody(response, MANIFEST_LIMIT, call.signal);
  const digest = verify(content, call, response);
  return {
    content,
    descriptor: { mediaType: manifestType(response, content), digest, size: content.length },
  };
}

function verify(
  content: Buffer,
  call: { tagOrDigest: string; size?: number | undefined },
  response: IncomingMessage,
): Digest {
  const digest = digestOf(content);
  const told = String(response.headers['docker-content-digest'] ?? digest);
  const wanted = isDigest(call.tagOrDigest) ? call.tagOrDigest : told;
  if (isDigest(wanted) && wanted !== digest)
    throw invalid(`manifest verification failed for digest ${wanted}: the registry sent ${digest}`);
  if (call.size !== undefined && call.size !== content.length)
    throw invalid(`manifest ${digest} has ${content.length} bytes, its descriptor says ${call.size}`);
  return digest;
}

/** The type inside the document rules; the header may be a generic one. */
function manifestType(response: IncomingMessage, content: Buffer): string {
  const header = mediaTypeOf(response);
  const inside = parseType(content);
  const type = inside ?? header;
  if (isIndexType(type) || isManifestType(type)) return type;
  if (/manifest\.v1\+(json|prettyjws)$/.test(type) && type.includes('docker'))
    throw invalid(
      'Docker Image manifest version 2, schema 1 is not supported: push the image again with a newer client',
    );
  throw invalid(`unsupported manifest media type ${JSON.stringify(type)}`);
}

function parseType(content: Buffer): string | undefined {
  let document: { mediaType?: unknown; manifests?: unknown; config?: unknown };
  try {
    document = JSON.parse(content.toString()) as typeof document;
  } catch (error) {
    throw invalid('the registry sent a manifest that is no JSON', error);
  }
  if (typeof document?.mediaType === 'string') return document.mediaType;
  if (Array.isArray(document?.manifests)) return mediaTypes.ociIndex;
  return document?.config === undefined ? undefined : mediaTypes.ociManifest;
}

const mediaTypeOf = (response: IncomingMessage): string =>
  (response.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';

/** Gives a refused or unknown reference the text that Docker's users know. */
export function explainPull(error: unknown, reference: Reference): unknown {
  if (!(error instanceof RegistryError)) return error;
  const name = familiarRepository(reference);
  if (error.code === 'DENIED')
    return notFound(
      `pull access denied for ${name}, repository does not exist or may require 'docker login': ${error.message}`,
      error,
    );
  if (error.code === 'NAME_UNKNOWN') return notFound(`repository ${name} not found: ${error.message}`, error);
  if (error.code === 'MANIFEST_UNKNOWN' || error.status === 404) {
    const text = error.code === '' ? 'manifest unknown: manifest unknown' : error.message;
    return notFound(`manifest for ${familiarName(reference)} not found: ${text}`, error);
  }
  return error;
}

/** Files a manifest under a tag or its digest. */
export async function putManifest(
  connection: Connection,
  call: ManifestCall & { mediaType: string; content: Uint8Array },
): Promise<Digest> {
  const response = await connection.call(`/v2/${call.path}/manifests/${call.tagOrDigest}`, {
    method: 'PUT',
    headers: { 'content-type': call.mediaType, 'content-length': String(call.content.length) },
    body: call.content,
    ok: [200, 201, 202],
    repeat: true,
    signal: call.signal,
  });
  discard(response);
  const digest = digestOf(call.content);
  const filed = response.headers['docker-content-digest'];
  if (filed !== undefined && filed !== digest)
    throw new EngineError(
      'unavailable',
      `the registry filed manifest ${digest} under ${String(filed).slice(0, 100)}`,
    );
  return digest;
}
