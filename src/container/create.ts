import { rmSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import type { Image } from '../image/types.ts';
import { internal, invalid } from '../lib/errors.ts';
import { randomId } from '../lib/id.ts';
import { hostLevel } from '../lib/x86-level.ts';
import {
  formatPlatform,
  hostPlatform,
  parsePlatform,
  type Platform,
  platformMatches,
} from '../oci/platform.ts';
import { makeRecord } from './container-record.ts';
import { type Context, pathsOf, publish } from './context.ts';
import { completeSpec } from './create/complete-spec.ts';
import { discardUnsupported } from './create/discard-unsupported.ts';
import { fillVolumes } from './create/fill-volumes.ts';
import { makeMounts } from './create/make-mounts.ts';
import { makeWorkingDirectory } from './create/make-working-directory.ts';
import { planMounts } from './create/plan-mounts.ts';
import { validateSpec } from './create/validate-spec.ts';
import { parseContainerName, takeName, takeRandomName } from './names/container-name.ts';
import { parseNetworkMode } from './network-mode.ts';
import type { ContainerSpec, CreateRequest } from './types.ts';

/**
 * Makes a container: its spec, name, snapshot and volumes. The record comes last, so a crash before it leaves nothing but
 * directories that `recover` removes.
 */
export async function createContainer(
  context: Context,
  request: CreateRequest,
): Promise<{ id: string; warnings: string[] }> {
  context.runtime.anticipate(); // most are started at once
  const [image, warnings] = chooseImage(context, request);
  const id = randomId();
  const wanted = completeSpec(context, id, request.spec, image);
  const { spec, warnings: discarded } = discardUnsupported(wanted, context.runtime);
  warnings.push(...discarded);
  validateSpec(spec);
  checkLinks(context, spec);
  context.networks.checkEndpoints(spec.endpoints);
  const requests = planMounts(context.store, spec);
  warnings.push(...warningsOf(spec));

  await using undo = new AsyncDisposableStack();
  const name = takeContainerName(context, request.name, id);
  undo.defer(() => context.store.releaseName(name));
  const paths = pathsOf(context, { id });
  await mkdir(paths.dir, { recursive: true, mode: 0o710 });
  undo.defer(() => rm(paths.dir, { recursive: true, force: true }));
  await writeFile(paths.log, '', { mode: 0o640 });
  const layers = image.config.rootfs.diff_ids;
  context.snapshots.create(id, [...layers, await context.snapshots.initLayer(layers)]);
  undo.defer(() => context.snapshots.remove(id));
  makeWorkingDirectory(context, id, layers, spec.workingDir);
  const mounts = await makeMounts(context, id, requests, undo);
  await fillVolumes(context, id, mounts);

  const record = makeRecord({ id, name, createdAt: new Date(), spec, mounts });
  context.store.add(record);
  undo.move();
  if (mounts.some(({ anonymous }) => anonymous)) rmSync(paths.volumes, { force: true });
  publish(context, record, 'create');
  return { id, warnings };
}

function takeContainerName(context: Context, asked: string | undefined, id: string): string {
  if (!asked) return takeRandomName(context.store, id);
  const name = parseContainerName(asked);
  takeName(context.store, name, id);
  return name;
}

/** The image of the platform that is asked for; without one, that it is another than the host's is only worth a warning. */
function chooseImage({ images }: Context, { spec, platform }: CreateRequest): [Image, string[]] {
  if (platform) return [images.get(spec.image, parsePlatform(platform)), []];
  const image = images.get(spec.image);
  if (platformMatches(image.config, hostPlatform())) return [image, []];
  return [
    image,
    [
      `The requested image's platform (${formatPlatform(image.config)}) does not match the detected host platform ` +
        `(${formatPlatform(detectedPlatform())}) and no specific platform was requested`,
    ],
  ];
}

/** On networks of their own, links are only names: Docker looks at them when somebody asks. */
/** With the level of the processor, which images are not told apart by. */
function detectedPlatform(): Platform {
  const variant = hostLevel();
  return { ...hostPlatform(), ...(variant !== undefined && { variant }) };
}

function checkLinks({ store }: Context, { links, networkMode }: ContainerSpec): void {
  const mode = parseNetworkMode(networkMode);
  if (mode.kind === 'network' && mode.network !== 'bridge') return;
  for (const link of links) {
    const [name = '', , ...rest] = link.split(':');
    if (rest.length > 0) throw internal(`bad format for links: ${link}`);
    if (name === '') throw invalid('could not get container for : invalid name or ID supplied: ""');
    if (!store.find(name)) throw invalid(`could not get container for ${name}: No such container: ${name}`);
  }
}

function warningsOf(spec: ContainerSpec): string[] {
  const isHost = parseNetworkMode(spec.networkMode).kind === 'host';
  const { oomKillDisable, memory } = spec.resources;
  return [
    ...(isHost && spec.ports.length > 0
      ? ['Published ports are discarded when using host network mode']
      : []),
    ...(oomKillDisable && !memory
      ? [
          'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
        ]
      : []),
  ];
}
