import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { errnoText, KernelError } from '../kernel/libc.ts';
import { MS, mount, unmount } from '../kernel/mount.ts';
import { hasCode, internal, messageOf } from '../lib/errors.ts';
import { type MountFlags, parseMountOptions } from './mount-flags.ts';
import { hintFor } from './mount-hint.ts';

/** Mounts a volume that has options at its directory. Throws with Docker's text, passwords hidden. */
export async function mountVolume(options: Readonly<Record<string, string>>, target: string): Promise<void> {
  try {
    const { device, data } = await resolveServer(options);
    mountAt(device, target, options['type'] ?? '', parseMountOptions(data));
  } catch (error) {
    const password = /(?:^|,)password=([^,]+)/.exec(options['o'] ?? '')?.[1];
    const text = messageOf(error);
    const hidden =
      password === undefined ? text : text.replaceAll(`password=${password}`, 'password=********');
    throw internal(`error while mounting volume '${target}': ${hidden}`, error);
  }
}

function mountAt(device: string, target: string, type: string, { flags, spread, data }: MountFlags): void {
  const what = { device, target, type, flags, data };
  attempt({ ...what, verb: 'mount' }, () => mount(device, target, type, flags, data));
  try {
    if (spread !== 0)
      attempt({ verb: 'remount', target, flags: spread }, () => mount('', target, '', spread));
    if (flags & MS.BIND && flags & MS.RDONLY) {
      // a bind mount takes its flags only when it is mounted again
      const again = (flags & ~MS.REC) | MS.REMOUNT;
      attempt({ verb: 'remount-ro', target, flags: again }, () => mount('', target, '', again));
    }
  } catch (error) {
    unmount(target);
    throw error;
  }
}

interface Attempt {
  readonly verb: string;
  readonly device?: string;
  readonly target: string;
  readonly type?: string;
  readonly flags: number;
  readonly data?: string;
}

function attempt(what: Attempt, call: () => void): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const { verb, device, target, flags, data } = what;
    const flagsText = flags ? `, flags: 0x${(flags >>> 0).toString(16)}` : '';
    throw new Error(
      `failed to mount local volume: ${verb} ${device ? `${device}:` : ''}${target}${flagsText}` +
        `${data ? `, data: ${data}` : ''}: ${errnoText(error.errno)}${hintFor(error.code, what)}`,
      { cause: error },
    );
  }
}

/** The kernel wants the address of a network file system's server, people give its name: in `addr=`, or in a CIFS device's URL. */
async function resolveServer({ device = '', type = '', o = '' }: Readonly<Record<string, string>>) {
  if (device === '') throw new Error('missing device in volume options');
  if (type !== 'nfs' && type !== 'nfs4' && type !== 'cifs') return { device, data: o };
  const name = /(?:^|,)addr=([^,]+)/.exec(o)?.[1];
  if (name !== undefined && !isIP(name))
    return { device, data: o.replace(`addr=${name}`, `addr=${await addressOf(name)}`) };
  const host = type === 'cifs' ? /^\/\/([^/:]+)/.exec(device)?.[1] : undefined;
  if (host === undefined || isIP(host)) return { device, data: o };
  return { device: `//${await addressOf(host)}${device.slice(2 + host.length)}`, data: o };
}

async function addressOf(name: string): Promise<string> {
  try {
    return (await lookup(name)).address;
  } catch (error) {
    const why = hasCode(error, 'ENOTFOUND') ? 'no such host' : messageOf(error);
    throw new Error(`error resolving passed in network volume address: lookup ${name}: ${why}`, {
      cause: error,
    });
  }
}

/** Whether something is mounted at exactly this directory. */
export function isMountPoint(path: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[4] === path);
}
