import { posix } from 'node:path';
import { invalid } from '../lib/errors.ts';
import type { MountRequest } from '../container/types.ts';
import type { HostConfig, Mount } from '../wire/container.ts';
import { defined } from './defined.ts';

const propagations = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];
/** Of each only one may be said. */
const exclusive = [['ro', 'rw'], ['z', 'Z'], ['consistent', 'cached', 'delegated'], propagations];

/** All mounts that a HostConfig asks for: `Binds`, `Mounts` and `Tmpfs`. Two on the same path are an error, as in Docker. */
export function mountRequests(host: HostConfig): MountRequest[] {
  const requests = [
    ...(host.Binds ?? []).map((bind) => bindRequest(bind, host.VolumeDriver)),
    ...(host.Mounts ?? []).map(mountRequest),
    ...Object.entries(host.Tmpfs ?? {}).map(([target, options]) => tmpfsRequest(target, options)),
  ];
  const seen = new Set<string>();
  for (const { target } of requests) {
    if (seen.has(target)) throw invalid(`Duplicate mount point: ${target}`);
    seen.add(target);
  }
  return requests;
}

/** `[source:]target[:options]` of `-v`. */
export function bindRequest(text: string, volumeDriver = ''): MountRequest {
  const bad = (why = ''): Error => invalid(`invalid volume specification: '${text}'${why && `: ${why}`}`);
  const parts = text.split(':');
  if (parts.length > 3 || parts.some((part) => part === '')) throw bad();
  const [first = '', second] = parts;
  const anonymous = second === undefined;
  const source = anonymous ? '' : first;
  const isPath = source.startsWith('/');
  const type = isPath ? ('bind' as const) : ('volume' as const);
  const target = checkTarget(anonymous ? first : second, (why) =>
    bad(`invalid mount config for type "${type}": ${why}`),
  );
  if (!isPath && (source.startsWith('.') || source.includes('/'))) {
    throw invalid(
      `create ${source}: "${source}" includes invalid characters for a local volume name, only ` +
        `"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
  return defined({
    type,
    source: isPath ? posix.normalize(source) : source,
    target,
    ...bindOptions(text, parts[2] ?? '', isPath, () => invalid(`invalid mode: ${parts[2] ?? ''}`)),
    createSource: isPath ? true : undefined,
    volumeDriver: isPath || volumeDriver === '' ? undefined : volumeDriver,
    origin: 'binds' as const,
    text,
  });
}

function bindOptions(text: string, options: string, isPath: boolean, bad: () => Error) {
  const words = options === '' ? [] : options.split(',');
  const known = ['ro', 'rw', 'z', 'Z', 'nocopy', 'consistent', 'cached', 'delegated', ...propagations];
  const refused = words.some((word) => !known.includes(word));
  const twice = exclusive.some((group) => words.filter((word) => group.includes(word)).length > 1);
  if (refused || twice) throw bad();
  const misplaced = (type: string, field: string): Error =>
    invalid(
      `invalid volume specification: '${text}': invalid mount config for type "${type}": field ${field} must not be specified`,
    );
  const propagation = words.find((word) => propagations.includes(word));
  if (!isPath && propagation !== undefined) throw misplaced('volume', 'BindOptions');
  if (isPath && words.includes('nocopy')) throw misplaced('bind', 'VolumeOptions');
  return { readOnly: words.includes('ro'), propagation, noCopy: words.includes('nocopy') ? true : undefined };
}

/** One of `--mount`. */
export function mountRequest(mount: Mount): MountRequest {
  const type = mount.Type ?? '';
  const bad = (why: string): Error => invalid(`invalid mount config for type "${type}": ${why}`);
  if (type !== 'bind' && type !== 'volume' && type !== 'tmpfs' && type !== 'image')
    throw bad('mount type unknown');
  if (!mount.Target) throw bad('field Target must not be empty');
  const target = checkTarget(mount.Target, bad);
  checkOptions(mount, type, bad);
  const { BindOptions: bind, VolumeOptions: volume, TmpfsOptions: tmpfs, ImageOptions: image } = mount;
  if (bind?.Propagation && !propagations.includes(bind.Propagation))
    throw bad(`invalid propagation mode: ${bind.Propagation}`);
  return defined({
    type,
    source: mount.Source ?? '',
    target,
    readOnly: type === 'image' || (mount.ReadOnly ?? false),
    propagation: bind?.Propagation || undefined,
    createSource: type === 'bind' ? (bind?.CreateMountpoint ?? false) : undefined,
    nonRecursive: bind?.NonRecursive,
    readOnlyNonRecursive: bind?.ReadOnlyNonRecursive || undefined,
    noCopy: volume?.NoCopy,
    subpath: (volume ?? image)?.Subpath || undefined,
    volumeLabels: volume?.Labels,
    volumeDriver: volume?.DriverConfig?.Name || undefined,
    volumeOptions: volume?.DriverConfig?.Options,
    tmpfsSize: tmpfs?.SizeBytes || undefined,
    tmpfsMode: tmpfs?.Mode || undefined,
    tmpfsOptions: tmpfs?.Options?.map((option) => option.join('=')).join(',') || undefined,
    origin: 'mounts' as const,
  });
}

function checkOptions(mount: Mount, type: string, bad: (why: string) => Error): void {
  const { BindOptions: bind, VolumeOptions: volume, TmpfsOptions: tmpfs, ImageOptions: image } = mount;
  const options = { bind, volume, image, tmpfs };
  const names = {
    bind: 'BindOptions',
    volume: 'VolumeOptions',
    image: 'ImageOptions',
    tmpfs: 'TmpfsOptions',
  } as const;
  for (const kind of ['volume', 'bind', 'tmpfs', 'image'] as const) {
    if (kind === type || !options[kind]) continue;
    if (kind === 'image') throw bad(`field ${names[kind]} must not be specified`);
    throw invalid(`${names[kind]} must not be specified on mount type "${type}"`);
  }
  if ((type === 'bind' || type === 'image') && !mount.Source) throw bad('field Source must not be empty');
  if (type === 'bind' && !mount.Source?.startsWith('/'))
    throw bad(`invalid mount path: '${mount.Source}' mount path must be absolute`);
  if (type === 'tmpfs' && mount.Source) throw bad('field Source must not be specified');
  if (type === 'volume' && mount.VolumeOptions?.Subpath && !mount.Source)
    throw bad('must not set Subpath when using anonymous volumes');
}

function tmpfsRequest(target: string, options: string): MountRequest {
  return defined({
    type: 'tmpfs' as const,
    source: '',
    target: checkTarget(target, (why) => invalid(why)),
    readOnly: options.split(',').includes('ro'),
    tmpfsOptions: options || undefined,
    origin: 'tmpfs' as const,
  });
}

function checkTarget(target: string, bad: (why: string) => Error): string {
  if (!target.startsWith('/')) throw bad(`invalid mount path: '${target}' mount path must be absolute`);
  const clean = posix.normalize(target).replace(/(?<=.)\/$/, '');
  if (clean === '/') throw bad(`invalid specification: destination can't be '/'`);
  return clean;
}
