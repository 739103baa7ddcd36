import { invalid } from '../lib/errors.ts';
import type { CreateContainerBody, HostConfig, Mount } from '../wire/container.ts';

/**
 * What a create body means to a client of an older version: members that its version did not have are left out, or refused where that
 * would be a trap, and defaults are those of its time (version history of the Engine API). Throws `invalid`.
 */
export function bodyOfVersion(
  body: CreateContainerBody,
  version: number,
  cgroupVersion: 1 | 2,
): CreateContainerBody {
  if (version >= 48) return body;
  const endpoints = Object.keys(body.NetworkingConfig?.EndpointsConfig ?? {});
  if (version < 44 && endpoints.length > 1)
    throw invalid(`Container cannot be created with multiple network endpoints: ${endpoints.join(', ')}`);
  const { Healthcheck: health, HostConfig: host = {} } = body;
  return {
    ...body,
    HostConfig: {
      ...hostOfVersion(host, version),
      ...(version < 41 && cgroupVersion === 1 && { CgroupnsMode: host.CgroupnsMode || 'host' }),
    },
    ...(health && version < 44 && { Healthcheck: { ...health, StartInterval: 0 } }),
  };
}

function hostOfVersion(host: HostConfig, version: number): HostConfig {
  const { Annotations: annotations, ConsoleSize: size, ...rest } = host;
  return {
    ...rest,
    ...(host.Mounts && { Mounts: host.Mounts.map((mount) => mountOfVersion(mount, version)) }),
    ...(version >= 43 && annotations && { Annotations: annotations }),
    ...(version >= 42 && size && { ConsoleSize: size }),
    ...(version < 40 && { IpcMode: host.IpcMode || 'shareable', KernelMemoryTCP: 0 }),
    ...(version < 25 && { AutoRemove: false }),
  };
}

function mountOfVersion(mount: Mount, version: number): Mount {
  if (mount.Type === 'image') throw invalid('Mount type "Image" needs API v1.48 or newer');
  if (version < 45 && mount.VolumeOptions?.Subpath)
    throw invalid('VolumeOptions.Subpath needs API v1.45 or newer');
  if (version >= 44) return mount;
  const { BindOptions: bind, VolumeOptions: volume, TmpfsOptions: tmpfs, ...rest } = mount;
  if (bind?.ReadOnlyForceRecursive)
    throw invalid('BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer');
  const keeps = (type: string): boolean => version >= 42 || mount.Type === type;
  return {
    ...rest,
    ...(bind && { BindOptions: bindOfVersion(bind, version) }),
    ...(volume && keeps('volume') && { VolumeOptions: volume }),
    ...(tmpfs && keeps('tmpfs') && { TmpfsOptions: tmpfs }),
  };
}

type BindOptions = Mount['BindOptions'] & object;

/** Before 1.44 what is mounted below a read-only bind stays writable. */
function bindOfVersion(bind: BindOptions, version: number): BindOptions {
  const { NonRecursive: nonRecursive, CreateMountpoint: create, ...rest } = bind;
  return {
    ...rest,
    ...(version >= 40 && nonRecursive && { NonRecursive: true }),
    ...(version >= 42 && create && { CreateMountpoint: true }),
    ReadOnlyNonRecursive: true,
  };
}
