import { invalid } from '../../lib/errors.ts';
import { readBody } from './answer.ts';
import type { Connection } from './connection.ts';

const PAGES = 1000;

/** All tags of a repository, over all pages of the answer (distribution spec, end-8). */
export async function listTags(
  connection: Connection,
  path: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const tags: string[] = [];
  let target: string | URL | undefined = `/v2/${path}/tags/list`;
  for (let page = 0; target !== undefined && page < PAGES; page += 1) {
    const response = await connection.call(target, { method: 'GET', ok: [200], repeat: true, signal });
    const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(response.headers.link ?? ''))?.[1];
    tags.push(...parseTags(await readBody(response, 16 << 20, signal)));
    const base: URL = new URL(target, await connection.origin(signal));
    target = link === undefined ? undefined : connection.locate(link, base);
  }
  return tags;
}

function parseTags(body: Buffer): string[] {
  const { tags } = parse(body) as { tags?: unknown };
  if (tags === null || tags === undefined) return [];
  if (Array.isArray(tags)) return tags.filter((tag) => typeof tag === 'string');
  throw invalid('the registry sent a list of tags that is none');
}

function parse(body: Buffer): object {
  try {
    return (JSON.parse(body.toString()) as object | null) ?? {};
  } catch (error) {
    throw invalid('the registry sent a list of tags that is no JSON', error);
  }
}
