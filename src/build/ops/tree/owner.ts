import { invalid } from '../../../lib/errors.ts';
import { parseGroup, parsePasswd } from '../../../runtime/user/accounts.ts';
import { readInRoot } from '../../../runtime/user/read-in-root.ts';
import type { Owner } from './attributes.ts';

/**
 * Who `user[:group]` of `--chown` is in a root file system. A number without group stands for the group of that number, too, as with
 * BuildKit. Throws `invalid` for a name that its account files don't have.
 */
export function resolveOwner(root: string, text: string): Owner {
  const [user = '', group] = text.split(':', 2);
  const entry = isId(user) || user === '' ? undefined : findUser(root, user);
  const uid = entry?.uid ?? Number(user);
  if (group !== undefined && group !== '')
    return { uid, gid: isId(group) ? Number(group) : findGroup(root, group) };
  return { uid, gid: entry?.gid ?? uid };
}

const isId = (text: string): boolean => /^\d{1,10}$/.test(text);

function findUser(root: string, name: string): { uid: number; gid: number } {
  const entry = parsePasswd(readInRoot(root, '/etc/passwd') ?? '').find((item) => item.name === name);
  if (!entry)
    throw invalid(
      `unable to convert uid/gid chown string to host mapping: can't find uid for user ${name}: no such user: ${name}`,
    );
  return entry;
}

function findGroup(root: string, name: string): number {
  const entry = parseGroup(readInRoot(root, '/etc/group') ?? '').find((item) => item.name === name);
  if (!entry)
    throw invalid(
      `unable to convert uid/gid chown string to host mapping: can't find gid for group ${name}: no such group: ${name}`,
    );
  return entry.gid;
}
