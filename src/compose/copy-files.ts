import { bytesOfText } from '../lib/byte-string.ts';
import { makeEntry } from '../lib/tar/entry.ts';
import { writeTar } from '../lib/tar/write.ts';
import type { Service } from './model/types.ts';
import type { Instance } from './plan/instance.ts';
import { copiedFiles } from './plan/service-files.ts';
import type { Work } from './work.ts';

/** Puts those configs and secrets of a service into a container that are no files of the host. */
export async function copyFiles(
  { client, project }: Work,
  service: Service,
  { id }: Pick<Instance, 'id'>,
): Promise<void> {
  const files = copiedFiles(project, service);
  if (files.length === 0) return;
  const members = files.map(({ target, content, uid, gid, mode }) => ({
    entry: makeEntry({
      name: bytesOfText(target.replace(/^\/+/, '')),
      size: content.length,
      mtime: Math.floor(Date.now() / 1000),
      mode,
      uid,
      gid,
    }),
    body: content,
  }));
  await client.containers.writeArchive(id, '/', writeTar(members));
}
