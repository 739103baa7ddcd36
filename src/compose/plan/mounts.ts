import type { Mount } from '../../wire/container.ts';
import { defined } from '../model/read.ts';
import type { Project, Service, ServiceVolume } from '../model/types.ts';

/** What `-v` can say goes that way, which makes the source of a bind where there is none. */
export const isPlainBind = (volume: ServiceVolume): boolean =>
  volume.type === 'bind'
    ? volume.createHostPath && volume.propagation === undefined && volume.recursive === undefined
    : volume.type === 'volume' &&
      volume.source !== undefined &&
      volume.subpath === undefined &&
      Object.keys(volume.volumeLabels).length === 0 &&
      !volume.noCopy;

/** A bind or named volume as `-v` writes it. */
export const bindText = (project: Project, volume: ServiceVolume): string =>
  `${sourceOf(project, volume)}:${volume.target}:${[volume.readOnly ? 'ro' : 'rw', ...(volume.selinux === undefined ? [] : [volume.selinux])].join(',')}`;

/** The anonymous volumes of the container before, where the service has not mounted something else. */
export function inheritedBinds(
  service: Service,
  inherited: ReadonlyMap<string, string> = new Map(),
): string[] {
  const taken = new Set(service.volumes.filter(isNamed).map(({ target }) => target));
  return [...inherited].filter(([path]) => !taken.has(path)).map(([path, volume]) => `${volume}:${path}:rw`);
}

/** The volumes of a service but those whose anonymous volume is carried over. */
export const ownVolumes = (
  service: Service,
  inherited: ReadonlyMap<string, string> = new Map(),
): ServiceVolume[] => service.volumes.filter((volume) => isNamed(volume) || !inherited.has(volume.target));

const isNamed = ({ type, source }: ServiceVolume): boolean => type !== 'volume' || source !== undefined;

const sourceOf = (project: Project, { type, source }: ServiceVolume): string | undefined =>
  type === 'volume' && source !== undefined ? (project.volumes.get(source)?.name ?? source) : source;

/** What the API calls a mount; volumes go by the names that they have in the engine. */
export function mountOf(project: Project, volume: ServiceVolume): Mount {
  return defined<Mount>({
    Type: volume.type,
    Source: sourceOf(project, volume),
    Target: volume.target,
    ReadOnly: volume.readOnly || undefined,
    Consistency: volume.consistency,
    BindOptions: volume.type === 'bind' ? bindOptions(volume) : undefined,
    VolumeOptions: volume.type === 'volume' ? volumeOptions(volume) : undefined,
    ImageOptions:
      volume.type === 'image' && volume.subpath !== undefined ? { Subpath: volume.subpath } : undefined,
    TmpfsOptions:
      volume.type === 'tmpfs'
        ? defined<NonNullable<Mount['TmpfsOptions']>>({ SizeBytes: volume.tmpfsSize, Mode: volume.tmpfsMode })
        : undefined,
  });
}

const bindOptions = (volume: ServiceVolume): NonNullable<Mount['BindOptions']> =>
  defined<NonNullable<Mount['BindOptions']>>({
    Propagation: volume.propagation,
    CreateMountpoint: volume.createHostPath || undefined,
    NonRecursive: volume.recursive === 'disabled' || undefined,
    ReadOnlyNonRecursive: volume.recursive === 'writable' || undefined,
    ReadOnlyForceRecursive: volume.recursive === 'readonly' || undefined,
  });

function volumeOptions({ noCopy, subpath, volumeLabels }: ServiceVolume): Mount['VolumeOptions'] {
  if (!noCopy && subpath === undefined && Object.keys(volumeLabels).length === 0) return undefined;
  return defined<NonNullable<Mount['VolumeOptions']>>({
    NoCopy: noCopy || undefined,
    Subpath: subpath,
    Labels: { ...volumeLabels },
  });
}
