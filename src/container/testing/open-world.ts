import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EventBus } from '../../events/types.ts';
import { openEventBus } from '../../events/event-bus.ts';
import { openTestImages, type TestImages } from '../../image/testing/open-test-images.ts';
import { exec } from '../../lib/exec.ts';
import { jsonLogger, type Logger } from '../../lib/log.ts';
import { openNetworks } from '../../network/open-networks.ts';
import type { Networks } from '../../network/types.ts';
import { hostPlatform } from '../../oci/platform.ts';
import { parseReference } from '../../oci/reference.ts';
import type { ConmonRuntime } from '../../runtime/conmon-runtime.ts';
import { openRuntime } from '../../runtime/open-runtime.ts';
import { openVolumes } from '../../volume/open-volumes.ts';
import type { Volumes } from '../../volume/types.ts';
import type { ContainerSettings } from '../context.ts';
import { openContainers } from '../open-containers.ts';
import type { Containers, CreateRequest } from '../types.ts';

/** A real engine below the API, with everything of its own under one directory; for tests. Needs root. */
export interface World extends AsyncDisposable {
  readonly dir: string;
  readonly containers: Containers;
  readonly parts: TestImages;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly runtime: ConmonRuntime;
  readonly events: EventBus;
  /** `action` of what was told of containers, in order. */
  readonly told: string[];
  /** Creates a busybox container; `sh -c` when the command is a text. */
  create(
    command: string | readonly string[],
    spec?: Partial<CreateRequest['spec']>,
    name?: string,
  ): Promise<string>;
  /** Creates and starts. */
  run(
    command: string | readonly string[],
    spec?: Partial<CreateRequest['spec']>,
    name?: string,
  ): Promise<string>;
  /** All output that is kept. */
  output(id: string): Promise<string>;
  exitOf(id: string): Promise<number>;
  /** Lets go of everything but the containers and files, as a stopped engine does. */
  leave(): Promise<void>;
}

interface WorldOptions {
  readonly dir?: string;
  readonly settings?: Partial<ContainerSettings>;
  readonly logger?: Logger;
}

export const isRoot = process.getuid?.() === 0;

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const dir = options.dir ?? mkdtempSync('/tmp/lct-');
  mkdirSync(join(dir, 'run'), { recursive: true });
  const logger = options.logger ?? jsonLogger((line) => process.stderr.write(line), 'warn');
  const parts = openTestImages({}, dir);
  await ensureBusybox(parts);
  const events = openEventBus({ database: parts.database });
  const told: string[] = [];
  events.listen(({ type, action }) => type === 'container' && told.push(action));
  const { database, images, snapshots } = parts;
  const volumes = openVolumes({ database, dir: join(dir, 'volumes'), events, logger });
  const runtime = await openRuntime({
    stateDir: join(dir, 'run/r'),
    exitsDir: join(dir, 'run/exits'),
    bundlesDir: join(dir, 'run/c'),
    logger,
  });
  const networks = await openNetworks({ database, events, logger, name: nameOf(dir), poolSize: 4 });
  const containers = openContainers({
    database,
    images,
    snapshots,
    networks,
    volumes,
    runtime,
    events,
    logger,
    paths: { containers: join(dir, 'containers'), bundles: join(dir, 'run/c') },
    ...(options.settings && { settings: options.settings }),
  });
  await containers.recover();
  await snapshots.recover((key) => containers.find(key) !== undefined);
  const leave = async (purge = false): Promise<void> => {
    await containers.close();
    await networks.close({ purge });
    runtime.close();
    await parts.snapshots.close();
    parts.registry.close();
    if (database.isOpen) database.close();
  };
  return {
    dir,
    containers,
    parts,
    networks,
    volumes,
    runtime,
    events,
    told,
    ...shortcuts(containers),
    leave,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(
        containers.list().map(({ id }) => containers.remove(id, { force: true, volumes: true })),
      );
      await leave(true);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Engines side by side need different names for their interfaces and tables. */
const nameOf = (dir: string): string => `l${dir.slice(-6).toLowerCase()}`;

function shortcuts(containers: Containers): Pick<World, 'create' | 'run' | 'output' | 'exitOf'> {
  const create: World['create'] = async (command, spec, name) => {
    const cmd = typeof command === 'string' ? ['sh', '-c', command] : command;
    const request = { spec: { image: 'busybox', cmd, ...spec }, ...(name !== undefined && { name }) };
    return (await containers.create(request)).id;
  };
  return {
    create,
    run: async (command, spec, name) => {
      const id = await create(command, spec, name);
      await containers.start(id);
      return id;
    },
    output: async (id) => {
      let text = '';
      for await (const batch of containers.logs(id, { stdout: true, stderr: true, follow: false }))
        for (const { data } of batch) text += data;
      return text;
    },
    exitOf: async (id) => (await containers.wait(id, 'not-running').done).exitCode,
  };
}

async function ensureBusybox(parts: TestImages): Promise<void> {
  if (parts.images.find('busybox')) return;
  const archive = join(parts.directory, 'busybox.tar');
  if (!existsSync(archive)) await exec('scripts/lib/busybox-rootfs', [archive]);
  const { diffId } = await parts.snapshots.apply({ path: archive });
  await parts.images.create(
    {
      ...hostPlatform(),
      created: new Date(0).toISOString(),
      config: { Env: ['PATH=/bin:/usr/bin', 'FROM_IMAGE=yes'], Cmd: ['sh'] },
      rootfs: { type: 'layers', diff_ids: [diffId] },
    },
    { tags: [parseReference('busybox:latest')] },
  );
}
