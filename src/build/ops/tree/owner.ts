import { parseGroup, parsePasswd } from '../../../runtime/user/accounts.ts';
import { readInRoot } from '../../../runtime/user/read-in-root.ts';
import type { Owner } from './attributes.ts';

/** An owner that was asked for by name. */
export interface FoundOwner extends Owner {
  /** What the account files don't have: `user x`, `group y`. */
  readonly unknown?: readonly string[];
}

/**
 * Who `user[:group]` of `--chown` is in a root file system, as BuildKit has it: a number without group stands for the group of that
 * number, too; an unknown user is root, an unknown group that of the user.
 */
export function resolveOwner(root: string, text: string): FoundOwner {
  const [user = '', group] = text.split(/:(.*)/s, 2);
  const { uid, gid } = findUser(root, user) ?? {};
  const ofGroup = group === undefined ? gid : findGroup(root, group);
  const unknown = [
    ...(uid === undefined ? [`user ${user}`] : []),
    ...(group !== undefined && ofGroup === undefined ? [`group ${group}`] : []),
  ];
  return { uid: uid ?? 0, gid: ofGroup ?? gid ?? 0, ...(unknown.length > 0 && { unknown }) };
}

/** Whether account files are needed to know who it is. */
export const isNamedOwner = (text: string): boolean =>
  text.split(/:(.*)/s, 2).some((part) => numberOf(part) === undefined);

/** What to tell of an owner that is not known; undefined where all is well. `owned`: what it was wanted for. */
export function unknownOwnerText({ uid, gid, unknown }: FoundOwner, owned: string): string | undefined {
  if (!unknown) return undefined;
  return `the image has no ${unknown.join(' and no ')}: ${owned} belongs to ${uid}:${gid}. Add the ${unknown.length > 1 ? 'two' : unknown[0]?.split(' ')[0]} above this line, or write a number`;
}

/** Root needs no accounts; numbers above those of an int32 are names to BuildKit. */
function numberOf(text: string): number | undefined {
  if (text === '' || text === 'root') return 0;
  return /^\+?\d{1,10}$/.test(text) && Number(text) < 2 ** 31 ? Number(text) : undefined;
}

function findUser(root: string, name: string): Owner | undefined {
  const id = numberOf(name);
  if (id !== undefined) return { uid: id, gid: id };
  return parsePasswd(readInRoot(root, '/etc/passwd') ?? '').find((entry) => entry.name === name);
}

function findGroup(root: string, name: string): number | undefined {
  return (
    numberOf(name) ??
    parseGroup(readInRoot(root, '/etc/group') ?? '').find((entry) => entry.name === name)?.gid
  );
}
