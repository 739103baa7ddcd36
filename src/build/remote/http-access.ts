import type { FetchOptions } from './types.ts';

/** A URL without the credentials in it, a form of it for messages, and the header that its credentials make. */
export function splitUrl(text: string): { url: URL; shown: string; authorization: string | undefined } {
  const url = new URL(text);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = username === '' ? undefined : `Basic ${Buffer.from(pair).toString('base64')}`;
  return { url, shown: `${url.origin}${url.pathname}`, authorization };
}

/** With the client's secrets for the host (HTTP_AUTH_HEADER_<host>, HTTP_AUTH_TOKEN_<host>). What is kept must be what is served: no compression. */
export async function requestHeaders(
  { host }: URL,
  authorization: string | undefined,
  { client, signal }: FetchOptions,
): Promise<Record<string, string>> {
  const plain = { 'accept-encoding': 'identity' };
  if (authorization !== undefined) return { ...plain, authorization };
  const header = (await client?.secret(`HTTP_AUTH_HEADER_${host}`, signal))?.toString().trim();
  if (header) return { ...plain, authorization: header };
  const token = (await client?.secret(`HTTP_AUTH_TOKEN_${host}`, signal))?.toString().trim();
  return token ? { ...plain, authorization: `Bearer ${token}` } : plain;
}
