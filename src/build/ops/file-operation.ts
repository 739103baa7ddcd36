import { createHash } from 'node:crypto';
import { invalid } from '../../lib/errors.ts';
import type { Digest } from '../../oci/digest.ts';
import type { CopyAction, CopySource, FileAction, FileOp, Vertex } from '../plan/types.ts';
import type { ContentInput, Identity, Operations, Rootfs } from '../solve/types.ts';
import type { BuildSources } from './build-sources.ts';
import { type BuildServices, newId } from './services.ts';
import { isNamedOwner, unknownOwnerText } from './tree/owner.ts';
import type { Change } from './tree/change-files.ts';
import { destinationOf, type Way } from './tree/way.ts';

/** COPY, ADD and WORKDIR: what they read, by content. */
export async function identifyFiles(
  sources: BuildSources,
  { op, inputs: vertices }: Vertex & { readonly op: FileOp },
  base: Rootfs,
  inputs: readonly Rootfs[],
  signal: AbortSignal,
): Promise<Identity> {
  const content: ContentInput[] = [];
  for (const action of op.actions) {
    if (action.kind !== 'copy') continue;
    const input = await identifySource(action.source);
    if (input) content.push(input);
  }
  const ways = op.isLinked ? await waysOf(sources, op, base, signal) : undefined;
  const definition = { kind: 'file', actions: op.actions.map(defineAction), ...(ways && { ways }) };
  return { definition, content };

  async function identifySource(source: CopySource): Promise<ContentInput | undefined> {
    switch (source.kind) {
      case 'inline':
        return undefined;
      case 'url': {
        const { digest, name } = await sources.remote.download(source, signal);
        return { name: source.url, digest: `${digest} ${name}` };
      }
      case 'git': {
        const { commit } = await sources.remote.checkout(source.git, signal);
        return { name: source.git.remote, digest: `commit ${commit}` };
      }
      case 'context':
        return {
          name: source.context === undefined ? source.path : `--from=${source.context} ${source.path}`,
          ...(await sources.digestContext(source, signal)),
        };
      case 'input': {
        const rootfs = inputs[source.input] ?? { layers: [] };
        const from = vertices[source.input];
        const name = from?.op.kind === 'image' ? from.op.name : from?.step.stage;
        return {
          name: `--from=${name ?? source.input} ${source.path}`,
          ...(await sources.digestRootfs(rootfs, source, signal)),
        };
      }
    }
  }
}

/** The ways to what a linked step writes, as they are in its base. */
function waysOf(
  sources: BuildSources,
  { actions }: FileOp,
  base: Rootfs,
  signal: AbortSignal,
): Promise<Way[]> {
  const copies = actions.filter((action) => action.kind === 'copy');
  return Promise.all(copies.map(({ destination, chown }) => sources.wayTo(base, destination, chown, signal)));
}

function defineAction(action: FileAction): object {
  if (action.kind === 'mkdir') return action;
  const { source, ...rest } = action;
  if (source.kind === 'inline') {
    const content = createHash('sha256').update(source.content).digest('hex');
    return { ...rest, source: { ...source, content } };
  }
  if (source.kind !== 'git') return { ...rest, source };
  const {
    userinfo: _userinfo,
    ref: _ref,
    checksum: _checksum,
    fetchByCommit: _fetchByCommit,
    ...git
  } = source.git;
  return { ...rest, source: { ...source, git } }; // the commit is known by its name
}

/** Makes the layer: changes a snapshot on the base, and makes that a layer. */
export async function performFiles(
  services: BuildServices,
  sources: BuildSources,
  op: FileOp,
  base: Rootfs,
  inputs: readonly Rootfs[],
  { signal, tell }: Parameters<Operations['perform']>[3],
): Promise<Digest> {
  const { snapshots, workers } = services;
  const warn = (message: string): void => tell({ type: 'warning', message });
  if (base.layers.length === 0) refuseNames(op);
  const key = newId();
  const asked = await Promise.all(op.actions.map((action) => toChange(action, sources, inputs, signal)));
  const ways = op.isLinked ? await waysOf(sources, op, base, signal) : undefined;
  const changes = ways ? ways.flatMap((way, index) => linkedChange(way, asked[index], warn)) : asked;
  snapshots.create(key, ways ? [] : base.layers);
  try {
    const root = snapshots.mount(key, { volatile: true });
    (await workers.run('changeFiles', { root, changes }, { signal })).forEach(warn);
    return (await snapshots.commit(key, { move: true, signal })).diffId;
  } finally {
    await snapshots.remove(key);
  }
}

/** Names mean nothing on top of `FROM scratch`, which BuildKit refuses, too. */
function refuseNames({ actions }: FileOp): void {
  for (const action of actions)
    if (action.kind === 'copy' && action.chown !== undefined && isNamedOwner(action.chown))
      throw invalid(`--chown=${action.chown}: "scratch" has no users and groups: write numbers`);
}

/** A change as it is made on nothing but the way to its destination. */
function linkedChange(way: Way, change: Change | undefined, warn: (message: string) => void): Change[] {
  if (!change || !('destination' in change)) return [];
  const { uid, gid } = way.owner ?? {};
  const warning = way.owner && unknownOwnerText(way.owner, `what --chown=${change.chown} copies`);
  if (warning !== undefined) warn(warning);
  return [
    { kind: 'way', way },
    {
      ...change,
      destination: destinationOf(way, change.destination),
      ...(uid !== undefined && { chown: `${uid}:${gid}` }),
    },
  ];
}

async function toChange(
  action: FileAction,
  sources: BuildSources,
  inputs: readonly Rootfs[],
  signal: AbortSignal,
): Promise<Change> {
  if (action.kind === 'mkdir') return action;
  const { source, unpack } = action;
  const placement = placementOf(action);
  switch (source.kind) {
    case 'context':
      return {
        kind: 'copy',
        source: sources.context(source.context),
        selection: source,
        unpack,
        ...placement,
      };
    case 'input': {
      const tree = sources.rootfs(inputs[source.input] ?? { layers: [] });
      return { kind: 'copy', source: tree, selection: source, unpack, ...placement };
    }
    case 'inline':
      return {
        kind: 'write',
        name: source.name,
        content: source.content,
        mode: 0o644,
        unpack: false,
        ...placement,
      };
    case 'git': {
      const { directory } = await sources.remote.checkout(source.git, signal);
      return {
        kind: 'copy',
        source: { root: directory, ignore: [], isContext: true },
        selection: { path: '.', exclude: source.exclude, parents: false },
        unpack: false,
        ...placement,
      };
    }
    case 'url': {
      const { path, name, mtime } = await sources.remote.download(source, signal);
      return {
        kind: 'write',
        name,
        content: { path },
        mode: 0o600,
        unpack,
        ...(mtime !== undefined && { mtime }),
        ...placement,
      };
    }
  }
}

function placementOf({ destination, chown, chmod, severalSources }: CopyAction) {
  return {
    destination,
    severalSources,
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
  };
}
