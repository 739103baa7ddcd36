import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { notFound } from '../../lib/errors.ts';
import { baseKey, canonical } from '../solve/key.ts';
import type { BuildClient, BuildRequest } from '../types.ts';
import type { ImportedCaches } from '../remote-cache/imported-caches.ts';
import type { BuildPlan, PathSelection } from '../plan/types.ts';
import type { BuildContext } from '../request/read-context.ts';
import type { Rootfs } from '../solve/types.ts';
import { atStep } from './at-step.ts';
import { remember } from './remember.ts';
import { RemoteSources } from './remote-sources.ts';
import { type BuildServices, digestMemory, isKeptTree } from './services.ts';
import { type ContextSelection, contextSelections, digestKey, selectionOf } from './context-selections.ts';
import { SourceMounts } from './source-mounts.ts';
import type { SelectionDigest } from './tree/digest-selection.ts';
import { SelectionMemory } from './tree/selection-memory.ts';
import type { TreeSource } from './tree/source-tree.ts';
import { findWay, parseWay, type Way } from './tree/way.ts';

/** Of what another engine told the files are not known. */
type RootfsDigest = Pick<SelectionDigest, 'digest'> & Partial<SelectionDigest>;

/** What the steps of one build read from: its context, other file systems, URLs. Each thing is looked at once. */
export class BuildSources implements AsyncDisposable {
  readonly client: BuildClient | undefined;
  readonly imported: ImportedCaches;
  /** What is behind URLs. */
  readonly remote: RemoteSources;
  private readonly services: BuildServices;
  private readonly contexts: Map<string | undefined, TreeSource>;
  private readonly mounts: SourceMounts;
  private readonly contextDigests = new Map<string, Promise<SelectionDigest>>();
  private readonly rootfsDigests = new Map<string, Promise<RootfsDigest>>();
  private readonly leaving = new Set<Promise<void>>();

  constructor(
    services: BuildServices,
    context: Pick<BuildContext, 'directory' | 'ignore' | 'named'>,
    imported: ImportedCaches,
    request: Pick<BuildRequest, 'client' | 'policy'>,
  ) {
    this.services = services;
    this.client = request.client;
    this.imported = imported;
    this.contexts = treesOf(context);
    this.mounts = new SourceMounts(services.snapshots);
    this.remote = new RemoteSources(services, request);
  }

  /** The main context has come, or one that has a name. */
  useContext(root: string, name?: string): void {
    this.contexts.set(name, { ...this.context(name), root });
  }

  /** Digests all that a plan reads of the context in one go. Throws for the first thing that is not there, with its place. */
  async digestAll(plan: BuildPlan, signal: AbortSignal): Promise<void> {
    const byContext = Map.groupBy(contextSelections(plan), ({ context }) => context);
    await Promise.all([...byContext].map(([context, items]) => this.digestSome(context, items, signal)));
  }

  private async digestSome(
    context: string | undefined,
    selected: readonly ContextSelection[],
    signal: AbortSignal,
  ): Promise<void> {
    const wanted = new Map(selected.map((item) => [digestKey(context, item.selection), item]));
    const items = [...wanted.values()];
    const all = this.digest(
      this.context(context),
      items.map(({ selection }) => selection),
      signal,
    );
    const each = items.map(async ({ step }, index) => {
      try {
        return unwrap((await all)[index]);
      } catch (error) {
        throw atStep(error, step);
      }
    });
    for (const [index, key] of [...wanted.keys()].entries()) {
      const one = each[index];
      if (one) this.contextDigests.set(key, one);
    }
    await Promise.all(each);
  }

  /** The main context, or one that has a name. */
  context(name?: string): TreeSource {
    const tree = this.contexts.get(name);
    if (!tree) throw new Error(`no context ${name}`);
    return tree;
  }

  digestContext(
    source: PathSelection & { readonly context?: string },
    signal: AbortSignal,
  ): Promise<SelectionDigest> {
    const selection = selectionOf(source);
    return remember(this.contextDigests, digestKey(source.context, selection), async () =>
      unwrap((await this.digest(this.context(source.context), [selection], signal))[0]),
    );
  }

  /** Whether files of contexts are as they were when they were digested. What clients sent nobody changes. */
  async isUnchanged(
    selections: readonly (PathSelection & { readonly context?: string })[],
    signal: AbortSignal,
  ): Promise<boolean> {
    for (const source of selections) {
      const tree = this.context(source.context);
      if (tree.root.startsWith(`${this.services.paths.build}/`)) continue;
      const before = await this.digestContext(source, signal);
      const [now] = await this.runDigests(tree, [selectionOf(source)], signal, true);
      if (!now || !('digest' in now) || now.digest !== before.digest) return false;
    }
    return true;
  }

  /** Layers never change: what was found out about them once is kept in the database. */
  async digestRootfs(rootfs: Rootfs, source: PathSelection, signal: AbortSignal): Promise<RootfsDigest> {
    const selection = selectionOf(source);
    const key = `${baseKey(rootfs)} ${canonical(selection)}`;
    try {
      return await remember(this.rootfsDigests, key, () => this.findDigest(rootfs, selection, key, signal));
    } catch (error) {
      this.rootfsDigests.delete(key); // a layer that can't be fetched may yet be made
      throw error;
    }
  }

  private async findDigest(
    rootfs: Rootfs,
    selection: PathSelection,
    key: string,
    signal: AbortSignal,
  ): Promise<RootfsDigest> {
    const known = this.services.records.digest(key);
    if (known) return known;
    const imported = this.imported.digest(key);
    if (imported !== undefined) return { digest: imported };
    await this.imported.ensure(rootfs.layers, signal);
    const found = unwrap((await this.runDigests(this.rootfs(rootfs), [selection], signal))[0]);
    this.services.records.putDigest(key, found);
    return found;
  }

  /** What was asked about files of layers. */
  async knownDigests(): Promise<Record<string, string>> {
    const entries = [...this.rootfsDigests].map(async ([key, found]) => [key, (await found).digest] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  /** How a destination looks in a file system. What was found out is kept as digests are, so that other engines need not have it. */
  async wayTo(
    rootfs: Rootfs,
    destination: string,
    chown: string | undefined,
    signal: AbortSignal,
  ): Promise<Way> {
    const key = `${baseKey(rootfs)} way ${canonical([destination, chown ?? ''])}`;
    const known = parseWay(this.services.records.digest(key)?.digest ?? this.imported.digest(key) ?? '');
    if (!known) await this.imported.ensure(rootfs.layers, signal);
    const way = known ?? findWay(this.mounts.root(rootfs), destination, chown);
    const digest = canonical(way);
    this.rootfsDigests.set(key, Promise.resolve({ digest }));
    this.services.records.putDigest(key, { digest, files: '' });
    return way;
  }

  rootfs(rootfs: Rootfs): TreeSource {
    return { root: this.mounts.root(rootfs), ignore: [], isContext: false };
  }

  /** Lets go of what a step leaves while the build goes on; the build ends after that. */
  later(left: AsyncDisposableStack): void {
    const { logger } = this.services;
    const gone = left.disposeAsync().catch((error: unknown) => {
      logger.warn('what a build step left can not be removed', { error });
    });
    this.leaving.add(gone);
    void gone.then(() => this.leaving.delete(gone));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.leaving);
    await Promise.allSettled(this.contextDigests.values());
    await this.remote[Symbol.asyncDispose]();
    await this.mounts[Symbol.asyncDispose]();
  }

  private async digest(
    source: TreeSource,
    selections: readonly PathSelection[],
    signal: AbortSignal,
  ): Promise<Outcome[]> {
    if (!isKeptTree(this.services.paths, source.root)) return this.runDigests(source, selections, signal);
    const memory = SelectionMemory.beside(source.root);
    const known = selections.map((selection) => memory.recall(source, selection));
    if (known.every((digest) => digest !== undefined)) return known;
    const found = await this.runDigests(source, selections, signal);
    for (const [index, selection] of selections.entries()) {
      const outcome = found[index];
      if (outcome && 'digest' in outcome) memory.remember(source, selection, outcome);
    }
    memory.save();
    return found;
  }

  private runDigests(
    source: TreeSource,
    selections: readonly PathSelection[],
    signal: AbortSignal,
    asItIs = false,
  ) {
    const { paths, workers } = this.services;
    const memory = source.isContext ? digestMemory(paths, source.root) : undefined;
    if (memory !== undefined) mkdirSync(dirname(memory), { recursive: true, mode: 0o700 });
    const isOurs = isKeptTree(paths, source.root);
    return workers.run(
      'digestSelections',
      { source, selections, asItIs, isOurs, ...(memory !== undefined && { memory }) },
      { signal },
    );
  }
}

function treesOf({ directory, ignore, named }: Pick<BuildContext, 'directory' | 'ignore' | 'named'>) {
  const trees = new Map<string | undefined, TreeSource>([
    [undefined, { root: directory, ignore, isContext: true }],
  ]);
  for (const [name, context] of Object.entries(named))
    if (context.kind === 'directory')
      trees.set(name, {
        root: 'path' in context ? context.path : '',
        ignore: context.ignore,
        isContext: true,
      });
  return trees;
}

type Outcome = SelectionDigest | { readonly missing: string };

function unwrap(outcome: Outcome | undefined): SelectionDigest {
  if (outcome && 'digest' in outcome) return outcome;
  throw notFound(outcome?.missing ?? 'a worker thread left out an answer');
}
