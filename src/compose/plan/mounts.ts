import type { Mount } from '../../wire/container.ts';
import { defined } from '../model/read.ts';
import type { Project, Service, ServiceVolume } from '../model/types.ts';

/** Binds whose source may be missing go the way of `-v`, which makes it. */
export const isPlainBind = (volume: ServiceVolume): boolean =>
  volume.type === 'bind' && volume.createHostPath;

/** A bind as `-v` writes it. */
export const bindText = (volume: ServiceVolume): string =>
  `${volume.source}:${volume.target}:${[volume.readOnly ? 'ro' : 'rw', ...(volume.propagation === undefined ? [] : [volume.propagation])].join(',')}`;

/** The anonymous volumes of the container before, where the service has not mounted something else. */
export function inheritedBinds(
  service: Service,
  inherited: ReadonlyMap<string, string> = new Map(),
): string[] {
  const taken = new Set(service.volumes.map(({ target }) => target));
  return [...inherited].filter(([path]) => !taken.has(path)).map(([path, volume]) => `${volume}:${path}`);
}

/** What the API calls a mount; volumes go by the names that they have in the engine. */
export function mountOf(project: Project, volume: ServiceVolume): Mount {
  const source =
    volume.type === 'volume' && volume.source !== undefined
      ? (project.volumes.get(volume.source)?.name ?? volume.source)
      : volume.source;
  const declared = volume.source === undefined ? undefined : project.volumes.get(volume.source);
  return defined<Mount>({
    Type: volume.type,
    Source: source,
    Target: volume.target,
    ReadOnly: volume.readOnly || undefined,
    BindOptions:
      volume.type === 'bind' && volume.propagation !== undefined
        ? { Propagation: volume.propagation }
        : undefined,
    VolumeOptions:
      volume.type === 'volume' &&
      (volume.noCopy || volume.subpath !== undefined || declared?.driver !== undefined)
        ? defined<NonNullable<Mount['VolumeOptions']>>({
            NoCopy: volume.noCopy || undefined,
            Subpath: volume.subpath,
          })
        : undefined,
    TmpfsOptions:
      volume.type === 'tmpfs'
        ? defined<NonNullable<Mount['TmpfsOptions']>>({ SizeBytes: volume.tmpfsSize, Mode: volume.tmpfsMode })
        : undefined,
  });
}
