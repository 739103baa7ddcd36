import { readFileSync, realpathSync } from 'node:fs';
import { invalid } from '../../lib/errors.ts';
import type { MountPoint, MountRequest } from '../types.ts';

/** One that nobody asked for (create/bind-propagation.ts) is left off where the source takes no part in it. */
export function possiblePropagation(point: MountPoint, request: MountRequest): string {
  try {
    checkPropagation(point.source, point.propagation);
    return point.propagation;
  } catch (error) {
    if (request.propagation) throw error;
    return 'rprivate';
  }
}

/**
 * Refuses a bind whose mounts shall reach the host or come from it, where its source lies on a mount that takes no part in that: it would
 * be silently without effect. Throws with Docker's texts.
 */
function checkPropagation(source: string, propagation: string): void {
  const wantsShared = /^r?shared$/.test(propagation);
  if (!wantsShared && !/^r?slave$/.test(propagation)) return;
  const { point, tags } = mountOf(realpathSync(source));
  if (tags.includes('shared:') || (!wantsShared && tags.includes('master:'))) return;
  const what = wantsShared ? 'shared' : 'shared or slave';
  throw invalid(`path ${source} is mounted on ${point} but it is not a ${what} mount`);
}

/** The mount that a path lies on, with its optional fields. Of several on one point the last one covers the others. */
function mountOf(path: string): { point: string; tags: string } {
  let found = { point: '/', tags: '' };
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const match = /^(?:\S+ ){4}(\S+) \S+ (.*?)- /.exec(line);
    if (!match) continue;
    const point = unescape(match[1] ?? '');
    const covers = path === point || path.startsWith(point === '/' ? '/' : `${point}/`);
    if (covers && point.length >= found.point.length) found = { point, tags: match[2] ?? '' };
  }
  return found;
}

const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
