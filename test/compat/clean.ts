import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';

/** What an engine holds, by the paths under which the API removes each. */
export type Holdings = ReadonlySet<string>;

interface Listed {
  Id?: string;
  Name?: string;
  RepoTags?: string[] | null;
}

/** @returns removal paths of all containers, networks, volumes, and images by name and by id */
export async function holdings(host: string): Promise<Holdings> {
  const list = async (path: string): Promise<Listed[]> => {
    const body = JSON.parse(await send(host, 'GET', path)) as Listed[] | { Volumes: Listed[] | null };
    return Array.isArray(body) ? body : (body.Volumes ?? []);
  };
  const [containers, networks, volumes, images] = await Promise.all(
    ['/containers/json?all=1', '/networks', '/volumes', '/images/json?all=1'].map(list),
  );
  return new Set([
    ...(containers ?? []).map(({ Id }) => `/containers/${Id}?force=1&v=1`),
    ...(networks ?? []).map(({ Id }) => `/networks/${Id}`),
    ...(volumes ?? []).map(({ Name }) => `/volumes/${Name}?force=1`),
    ...(images ?? []).flatMap(({ Id, RepoTags }) => [
      ...(RepoTags ?? []).map((name) => `/images/${name}?force=1`),
      `/images/${Id}?force=1`,
    ]),
  ]);
}

/** Removes what is there now and was not `before`. */
export async function cleanSince(host: string, before: Holdings): Promise<void> {
  for (const path of await holdings(host)) if (!before.has(path)) await send(host, 'DELETE', path);
}

/** What builds left must not make the next one skip its steps. */
export async function emptyBuildCache(host: string): Promise<void> {
  await send(host, 'POST', '/build/prune?all=1');
}

async function send(host: string, method: string, path: string): Promise<string> {
  const sent = request({ socketPath: host.replace('unix://', ''), method, path, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return text(response);
}
