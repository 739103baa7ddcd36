import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOfText, textOfBytes } from '../../../lib/byte-string.ts';
import { notFound } from '../../../lib/errors.ts';
import type { MountSpec } from '../../../runtime/types.ts';
import type { ExecMount, ExecOp } from '../../plan/types.ts';
import { baseKey } from '../../solve/key.ts';
import type { Rootfs } from '../../solve/types.ts';
import type { BuildSources } from '../build-sources.ts';
import { type BuildServices, newId } from '../services.ts';
import { resolvePath } from '../tree/resolve-path.ts';
import { ClientMounts } from './client-mounts.ts';

type Of<T extends ExecMount['type']> = Extract<ExecMount, { type: T }>;

/** Prepares the mounts of a RUN; what they need is released by `held`. */
export class ExecMounts {
  private readonly services: BuildServices;
  private readonly sources: BuildSources;
  private readonly inputs: readonly Rootfs[];
  /** For copies of the context. */
  private readonly directory: string;
  private readonly held: AsyncDisposableStack;
  private readonly signal: AbortSignal;
  private readonly client: ClientMounts;
  private readonly caches = new Map<string, Promise<string>>();

  constructor(
    services: BuildServices,
    sources: BuildSources,
    inputs: readonly Rootfs[],
    directory: string,
    held: AsyncDisposableStack,
    signal: AbortSignal,
  ) {
    this.services = services;
    this.sources = sources;
    this.inputs = inputs;
    this.directory = directory;
    this.held = held;
    this.signal = signal;
    this.client = new ClientMounts(sources.client, directory, held, signal);
  }

  /** The mounts, and variables that the client alone knows. */
  async prepare({ mounts, script }: ExecOp): Promise<{ specs: MountSpec[]; env: string[] }> {
    const specs: MountSpec[] = [];
    const env: string[] = [];
    for (const [index, mount] of mounts.entries()) {
      if (mount.type !== 'secret' && mount.type !== 'ssh') specs.push(await this.one(mount, index));
      else {
        const given = await (mount.type === 'secret'
          ? this.client.secret(mount, index)
          : this.client.agent(mount, index));
        if (given.spec) specs.push(given.spec);
        if (given.env !== undefined) env.push(given.env);
      }
    }
    if (script) specs.push(this.script(script));
    return { specs, env };
  }

  private async one(
    mount: Exclude<ExecMount, { type: 'secret' | 'ssh' }>,
    index: number,
  ): Promise<MountSpec> {
    switch (mount.type) {
      case 'tmpfs':
        return {
          source: 'tmpfs',
          destination: mount.target,
          type: 'tmpfs',
          options: [
            'nosuid',
            'nodev',
            ...(mount.readOnly ? ['ro'] : []),
            ...(mount.size === undefined ? [] : [`size=${mount.size}`]),
          ],
        };
      case 'bind':
        return bind(await this.bindSource(mount, index), mount.target, mount.readOnly);
      case 'cache':
        return bind(await this.cacheSource(mount), mount.target, mount.readOnly);
    }
  }

  private script({ path, content }: NonNullable<ExecOp['script']>): MountSpec {
    const source = join(this.directory, 'script');
    writeFileSync(source, content, { mode: 0o755 });
    return bind(source, path, true);
  }

  private async bindSource(mount: Of<'bind'>, index: number): Promise<string> {
    if (mount.input === undefined) return this.contextCopy(mount.source, index);
    const rootfs = this.inputs[mount.input] ?? { layers: [] };
    return within(
      mount.readOnly ? this.sources.rootfs(rootfs).root : this.writableCopy(rootfs),
      mount.source,
    );
  }

  /** Writes to a bind mount go nowhere: it gets a snapshot of its own. */
  private writableCopy({ layers }: Rootfs): string {
    const { snapshots } = this.services;
    const key = newId();
    snapshots.create(key, layers);
    this.held.defer(() => snapshots.remove(key));
    return snapshots.mount(key, { volatile: true });
  }

  /** The context without what is ignored, and owned by root, as COPY would see it. */
  private async contextCopy(path: string, index: number): Promise<string> {
    const name = `context-${index}`;
    const change = {
      kind: 'copy',
      source: this.sources.context(),
      selection: { path, exclude: [], parents: false },
      destination: `/${name}`,
      unpack: false,
      severalSources: false,
    } as const;
    await this.services.workers.run(
      'changeFiles',
      { root: this.directory, changes: [change] },
      { signal: this.signal },
    );
    return join(this.directory, name);
  }

  /** Several mounts of one cache are the same directory, held once. */
  private cacheSource(mount: Of<'cache'>): Promise<string> {
    const rootfs = mount.input === undefined ? undefined : (this.inputs[mount.input] ?? { layers: [] });
    const from = rootfs ? `${baseKey(rootfs)} ${mount.source}` : '';
    const key = `${mount.id}\0${from}`;
    const source = this.caches.get(key) ?? this.holdCache(mount, rootfs, from);
    this.caches.set(key, source);
    return source;
  }

  /** Holds the cache until the step ends: the work is over when `held` is disposed of. */
  private holdCache(mount: Of<'cache'>, rootfs: Rootfs | undefined, from: string): Promise<string> {
    const given = Promise.withResolvers<string>();
    const over = Promise.withResolvers<void>();
    const fill = async (directory: string): Promise<void> => {
      if (rootfs) await this.fill(directory, rootfs, mount.source);
    };
    const hold = (directory: string): Promise<void> => {
      given.resolve(directory);
      return over.promise;
    };
    const use = this.services.caches.use(mount, from, fill, hold, { signal: this.signal });
    use.catch(given.reject);
    this.held.defer(async () => {
      over.resolve();
      await use.catch(() => {});
    });
    return given.promise;
  }

  private async fill(directory: string, rootfs: Rootfs, path: string): Promise<void> {
    const change = {
      kind: 'copy',
      source: this.sources.rootfs(rootfs),
      selection: { path, exclude: [], parents: false },
      destination: '/',
      unpack: false,
      severalSources: false,
    } as const;
    await this.services.workers.run(
      'changeFiles',
      { root: directory, changes: [change] },
      { signal: this.signal },
    );
  }
}

function within(root: string, path: string): string {
  const source = `${root}/${textOfBytes(resolvePath(bytesOfText(root), bytesOfText(path)))}`;
  if (!existsSync(source)) throw notFound(`the source of the mount does not exist: ${path}`);
  return source;
}

const bind = (source: string, destination: string, readOnly: boolean): MountSpec => ({
  source,
  destination,
  type: 'bind',
  options: ['rbind', 'rprivate', readOnly ? 'ro' : 'rw'],
});
