import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { openEventBus } from '../../events/event-bus.ts';
import type { Image } from '../../image/types.ts';
import { openTestImages, type TestImages } from '../../image/testing/open-test-images.ts';
import { exec } from '../../lib/exec.ts';
import { jsonLogger } from '../../lib/log.ts';
import { openNetworks } from '../../network/open-networks.ts';
import type { Networks } from '../../network/types.ts';
import { hostPlatform } from '../../oci/platform.ts';
import { parseReference } from '../../oci/reference.ts';
import { openRuntime } from '../../runtime/open-runtime.ts';
import { type OpenBuilder, openBuilder } from '../builder.ts';
import type { BuildEvent, BuildRequest } from '../types.ts';

export const isRoot = process.getuid?.() === 0;

/** The files of a context by path; `null` is a directory. */
export type Files = Readonly<Record<string, string | null>>;

export interface Built {
  readonly image: Image;
  readonly events: readonly BuildEvent[];
  /** `hit`, or why not, for each step by its name. */
  readonly cache: Readonly<Record<string, string>>;
  /** All output of RUN. */
  readonly output: string;
}

/** A builder over real parts with everything of its own under one directory; for tests. Needs root. */
export interface BuildWorld extends AsyncDisposable {
  readonly dir: string;
  readonly builder: OpenBuilder;
  readonly parts: TestImages;
  readonly networks: Networks;
  /** Builds a Dockerfile in a context that holds these files, the same directory each time. */
  build(
    dockerfile: string,
    files?: Files,
    request?: Partial<BuildRequest>,
    signal?: AbortSignal,
    onEvent?: (event: BuildEvent) => void,
  ): Promise<Built>;
  /** The content of a file in an image; undefined when it is not there. */
  read(image: Image, path: string): string | undefined;
  /** What `sh -c` prints in an image. */
  look(image: Image, command: string): Promise<string>;
  /** Everything that a step may leave: snapshots, mounts, bundles, temporary files. */
  leftovers(): string[];
  writeContext(files: Files): string;
  leave(): Promise<void>;
}

export async function openWorld(given?: string): Promise<BuildWorld> {
  const dir = given ?? mkdtempSync('/tmp/lbt-');
  mkdirSync(join(dir, 'run'), { recursive: true });
  const logger = jsonLogger((line) => process.stderr.write(line), 'warn');
  const parts = openTestImages({}, dir);
  await ensureBusybox(parts);
  const { database, images, snapshots, content } = parts;
  const events = openEventBus({ database });
  const bundles = join(dir, 'run/c');
  const runtime = await openRuntime({
    stateDir: join(dir, 'run/r'),
    exitsDir: join(dir, 'run/exits'),
    bundlesDir: bundles,
    logger,
  });
  const networks = await openNetworks({
    database,
    events,
    logger,
    name: `b${dir.slice(-6).toLowerCase()}`,
    poolSize: 2,
  });
  await networks.recover(new Map());
  const paths = { build: join(dir, 'build'), bundles };
  const builder = openBuilder({
    database,
    images,
    snapshots,
    content,
    registry: parts.registry,
    runtime,
    networks,
    events,
    paths,
    logger,
  });
  await builder.recover();

  const leave = async (purge = false): Promise<void> => {
    await builder.close();
    await networks.close({ purge });
    runtime.close();
    await snapshots.close();
    parts.registry.close();
    if (database.isOpen) database.close();
  };
  const writeContext = (files: Files): string => {
    const context = join(dir, 'context');
    rmSync(context, { recursive: true, force: true });
    mkdirSync(context);
    for (const [path, text] of Object.entries(files)) {
      const full = join(context, path);
      mkdirSync(text === null ? full : dirname(full), { recursive: true });
      if (text !== null) writeFileSync(full, text);
    }
    return context;
  };
  const build: BuildWorld['build'] = async (text, files = {}, request = {}, signal, onEvent) => {
    const contextDir = request.contextDir ?? writeContext(files);
    const told: BuildEvent[] = [];
    const { imageId } = await builder.build(
      { ...plainRequest, dockerfile: { text }, ...request, contextDir },
      {
        onEvent: (event) => {
          told.push(event);
          onEvent?.(event);
        },
        ...(signal && { signal }),
      },
    );
    return { image: images.get(imageId), events: told, ...summarize(told) };
  };
  return {
    dir,
    builder,
    parts,
    networks,
    build,
    writeContext,
    leave,
    read: (image, path) => readFromLayers(parts, image, path),
    look: async (image, command) => {
      const text = `FROM ${image.id}\nRUN ["sh", "-c", ${JSON.stringify(command)}]`;
      return (await build(text, {}, { noCache: true })).output;
    },
    leftovers: () => [
      ...snapshots.keys(),
      ...listed(bundles),
      ...listed(join(dir, 'build/tmp')),
      ...listed(join(dir, 'run/r')),
      ...readFileSync('/proc/self/mounts', 'utf8')
        .split('\n')
        .filter((line) => line.includes(`${dir}/`)),
    ],
    [Symbol.asyncDispose]: async () => {
      await leave(true);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const plainRequest: Omit<BuildRequest, 'contextDir' | 'dockerfile'> = {
  tags: [],
  buildArgs: {},
  labels: {},
  noCache: false,
  pull: false,
  network: 'default',
  extraHosts: [],
  cacheFrom: [],
  credentials: async () => undefined,
};

function summarize(events: readonly BuildEvent[]): Pick<Built, 'cache' | 'output'> {
  const cache: Record<string, string> = {};
  let output = '';
  for (const event of events) {
    if (event.type === 'step-started') cache[event.name] = event.cache.hit ? 'hit' : event.cache.why;
    if (event.type === 'step-output') output += event.data.toString();
  }
  return { cache, output };
}

function readFromLayers({ snapshots }: TestImages, image: Image, path: string): string | undefined {
  for (const diffId of image.config.rootfs.diff_ids.toReversed()) {
    const file = join(snapshots.layerPath(diffId), path);
    if (existsSync(file)) return readFileSync(file, 'utf8');
  }
  return undefined;
}

const listed = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);

async function ensureBusybox(parts: TestImages): Promise<void> {
  if (parts.images.find('busybox')) return;
  const archive = join(parts.directory, 'busybox.tar');
  if (!existsSync(archive)) await exec('scripts/lib/busybox-rootfs', [archive]);
  const { diffId } = await parts.snapshots.apply({ path: archive });
  await parts.images.create(
    {
      ...hostPlatform(),
      created: '2026-01-01T00:00:00.000Z',
      config: { Env: ['PATH=/bin:/usr/bin'], Cmd: ['sh'] },
      rootfs: { type: 'layers', diff_ids: [diffId] },
    },
    { tags: [parseReference('busybox:latest')] },
  );
}
