import { invalid } from '../../lib/errors.ts';
import type { ResolvedUser } from '../types.ts';
import { type GroupEntry, parseGroup, parsePasswd, type PasswdEntry } from './accounts.ts';
import { readInRoot } from './read-in-root.ts';

const largestId = 2147483647;

/**
 * Who `text` (`user`, `uid`, `user:group`, `uid:gid`, `''` = root) is in a root file system, with the groups of `groupAdd` on top. Reads
 * its /etc/passwd and /etc/group without leaving it; `/proc/<pid>/root` is that of a running container. A number needs no entry.
 * Throws `invalid` in Docker's words for an unknown name.
 */
export function resolveUser(rootfs: string, text: string, groupAdd: readonly string[] = []): ResolvedUser {
  const passwd = parsePasswd(readInRoot(rootfs, '/etc/passwd') ?? '');
  const groups = parseGroup(readInRoot(rootfs, '/etc/group') ?? '');
  const [userPart = '', groupPart = ''] = splitOnce(text, ':');
  const { uid, entry } = findUser(userPart, passwd);
  const gid = groupPart === '' ? (entry?.gid ?? 0) : findGroup(groupPart, groups);
  const member =
    groupPart === '' && entry ? groups.filter((group) => group.members.includes(entry.name)) : [];
  const added = groupAdd.map((group) => findGroup(group, groups));
  return {
    uid,
    gid,
    additionalGids: [...new Set([...member.map((group) => group.gid), ...added])],
    home: entry?.home ?? '/',
    name: entry?.name ?? String(uid),
  };
}

function findUser(part: string, passwd: readonly PasswdEntry[]): { uid: number; entry?: PasswdEntry } {
  const number = part === '' ? 0 : parseId(part);
  const entry = passwd.find((candidate) =>
    number === undefined ? candidate.name === part : candidate.uid === number,
  );
  if (entry) return { uid: entry.uid, entry };
  if (number === undefined) throw invalid(`unable to find user ${part}: no matching entries in passwd file`);
  return { uid: number };
}

function findGroup(part: string, groups: readonly GroupEntry[]): number {
  const number = parseId(part);
  const entry = groups.find((candidate) =>
    number === undefined ? candidate.name === part : candidate.gid === number,
  );
  const gid = entry?.gid ?? number;
  if (gid === undefined) throw invalid(`unable to find group ${part}: no matching entries in group file`);
  return gid;
}

/** A numeric id; undefined for a name. */
function parseId(part: string): number | undefined {
  if (!/^-?\d+$/.test(part)) return undefined;
  const id = Number(part);
  if (id < 0 || id > largestId) throw invalid(`uids and gids must be in range 0-${largestId}`);
  return id;
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
