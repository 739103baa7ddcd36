import { appendFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomId } from '../../lib/id.ts';
import { type Context, pathsOf } from '../context.ts';
import type { ContainerMount } from '../container-record.ts';
import { createImageSnapshot } from '../start/image-mounts.ts';
import type { MountPoint, MountRequest } from '../types.ts';
import { bindPropagation } from './bind-propagation.ts';

/** Makes the volumes that a container's mounts need; what was made for it alone goes again when `undo` runs. */
export async function makeMounts(
  context: Context,
  containerId: string,
  requests: readonly MountRequest[],
  undo: AsyncDisposableStack,
): Promise<ContainerMount[]> {
  const mounts: ContainerMount[] = [];
  for (const request of requests)
    mounts.push(
      request.type === 'image'
        ? makeImageMount(context, containerId, request, undo)
        : await makeMount(context, containerId, request, undo),
    );
  return mounts;
}

function makeImageMount(
  context: Context,
  containerId: string,
  request: MountRequest,
  undo: AsyncDisposableStack,
): ContainerMount {
  const image = context.images.get(request.source);
  const { target: destination } = request;
  const source = createImageSnapshot(context, { containerId, destination, image }, undo);
  const point = { ...describe(context, request), name: request.source, source, imageId: image.id };
  return { request, point: { ...point, rw: false, propagation: 'rprivate' }, anonymous: false };
}

async function makeMount(
  context: Context,
  containerId: string,
  request: MountRequest,
  undo: AsyncDisposableStack,
): Promise<ContainerMount> {
  if (request.type !== 'volume') return { request, point: describe(context, request), anonymous: false };
  const anonymous = request.source === '';
  const volume = await context.volumes.create({
    ...(anonymous ? { name: chooseName(context, containerId), anonymous } : { name: request.source }),
    ...(request.volumeDriver && { driver: request.volumeDriver }),
    ...(request.volumeLabels && { labels: request.volumeLabels }),
    ...(request.volumeOptions && { options: request.volumeOptions }),
  });
  if (anonymous) undo.defer(() => context.volumes.remove(volume.name, { force: true, usedBy: [] }));
  const { name, mountpoint, driver } = volume;
  const described = describe(context, request);
  const mode =
    driver === 'local' || request.text?.endsWith(':z') ? described.mode : described.mode.replace(/^z$/, '');
  const point = { ...described, mode, name, source: mountpoint, driver };
  return { request, point, anonymous };
}

/** For an anonymous volume. It is noted before there is one, so that `recover` finds it when its container never comes to be. */
function chooseName(context: Context, containerId: string): string {
  const name = randomId();
  appendFileSync(pathsOf(context, { id: containerId }).volumes, `${name}\n`);
  return name;
}

function describe(context: Context, request: MountRequest): MountPoint {
  return {
    type: request.type,
    source: request.type === 'bind' ? request.source : '',
    destination: request.target,
    mode: modeOf(request),
    rw: !request.readOnly,
    propagation: request.type === 'bind' ? bindPropagation(request, dirname(context.roots.containers)) : '',
  };
}

/** The mode text of `-v`; Docker says `z` for a volume without one. */
function modeOf(request: MountRequest): string {
  if (request.origin === 'mounts' && request.type === 'volume') return 'z';
  if (request.origin !== 'binds') return '';
  const mode = request.text?.slice(request.text.lastIndexOf(':') + 1) ?? '';
  if (/^[a-zA-Z,]+$/.test(mode)) return mode;
  return request.type === 'volume' ? 'z' : '';
}
