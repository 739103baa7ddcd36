import { posix } from 'node:path';
import type { SpecMount } from '../../oci/runtime-spec.ts';
import type { BundleSpec } from '../types.ts';
import { initPath, usesInit } from './init.ts';
import type { HostFacts } from './host-facts.ts';

const quiet = ['nosuid', 'noexec', 'nodev'];

/** Destinations that stay writable in a container whose root file system is read-only. */
const writable = ['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue'];

/**
 * Docker's default mounts without those that the container replaces, then the container's own: outer ones first, so that one on top
 * of another is reached whatever the order they were given in.
 */
export function makeMounts(bundle: BundleSpec, host: HostFacts): SpecMount[] {
  const own = bundle.mounts.map((mount) => ({ ...mount, destination: clean(mount.destination) }));
  if (usesInit(bundle) && host.initProgram !== undefined) own.unshift(initMount(host.initProgram));
  const replaced = new Set(own.map((mount) => mount.destination));
  const defaults = defaultMounts(bundle)
    .filter((mount) => !replaced.has(mount.destination))
    .filter((mount) => !(replaced.has('/dev') && mount.destination.startsWith('/dev/')))
    .map((mount) => (bundle.readonlyRootfs ? readOnlyUnlessNeeded(mount) : mount));
  return [...defaults, ...own.toSorted((a, b) => depth(a) - depth(b))];
}

function defaultMounts(bundle: BundleSpec): SpecMount[] {
  const guarded = bundle.privileged ? [] : ['ro'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: quiet },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...quiet, ...guarded] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: [...((bundle.writableCgroups ?? bundle.privileged) ? [] : ['ro']), ...quiet],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: quiet },
    ...sharedMemory(bundle),
  ];
}

function sharedMemory(bundle: BundleSpec): SpecMount[] {
  if (bundle.namespaces.ipc.mode === 'host') {
    return [{ destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['rbind', 'rprivate'] }];
  }
  if (bundle.shmSize === 0) return [];
  const options = [...quiet, 'mode=1777', `size=${bundle.shmSize}`];
  return [{ destination: '/dev/shm', type: 'tmpfs', source: 'shm', options }];
}

function initMount(program: string): SpecMount {
  return { destination: initPath, type: 'bind', source: program, options: ['bind', 'ro'] };
}

function readOnlyUnlessNeeded(mount: SpecMount): SpecMount {
  if (writable.includes(mount.destination) || mount.options.includes('ro')) return mount;
  return { ...mount, options: [...mount.options, 'ro'] };
}

const clean = (path: string): string => posix.resolve('/', path);
const depth = (mount: SpecMount): number =>
  mount.destination === '/' ? 0 : mount.destination.split('/').length;
