import { digestOf } from '../../oci/digest.ts';
import type { Definition, FileAction, Op } from '../message-types.ts';
import { codec } from '../messages.ts';

const ops = codec<Op>('pb.Op');

/** What of some files is taken. */
export interface Taken {
  readonly path: string;
  /** What a directory has in it, in the place of itself. */
  readonly contents: boolean;
}

/**
 * Files that lie elsewhere, as clients describe them by a graph: a git repository or a file behind a URL, and what of it is taken, in this
 * order. So `docker buildx bake URL` reads definitions, and names directories beside these.
 */
export interface RemoteGraph {
  readonly url: string;
  /** What the one file is called that lies behind the URL; undefined for a repository, and for an archive that is to be unpacked. */
  readonly file?: string;
  readonly taken: readonly Taken[];
}

/** Reads such a graph; undefined for any other. */
export function readRemoteGraph({ def }: Definition): RemoteGraph | undefined {
  const byDigest = new Map(def.map((bytes) => [digestOf(bytes) as string, ops.decode(bytes)]));
  const last = def.at(-1);
  return last && follow(byDigest, ops.decode(last).inputs[0]?.digest);
}

function follow(graph: ReadonlyMap<string, Op>, digest: string | undefined): RemoteGraph | undefined {
  const op = graph.get(digest ?? '');
  if (!op) return undefined;
  if (op.source) return sourceOf(op.source);
  const [action, ...others] = op.file?.actions ?? [];
  const copy = action && others.length === 0 ? plainCopy(action) : undefined;
  const below = copy && follow(graph, op.inputs[action?.secondaryInput ?? 0]?.digest);
  if (!below) return undefined;
  const { src: path, dirCopyContents: contents, attemptUnpackDockerCompatibility: unpacks } = copy;
  if (!unpacks) return { ...below, taken: [...below.taken, { path, contents }] };
  const isThatFile = below.taken.length === 0 && path.replace(/^\/+/, '') === below.file;
  return isThatFile ? { url: below.url, taken: [] } : undefined;
}

/** A copy of one path into nothing. */
function plainCopy({ input, copy }: FileAction): FileAction['copy'] {
  const isPlain =
    copy?.dest === '/' &&
    input === -1 &&
    !copy.allowWildcard &&
    copy.include_patterns.length + copy.exclude_patterns.length === 0;
  return isPlain ? copy : null;
}

function sourceOf({ identifier, attrs }: NonNullable<Op['source']>): RemoteGraph | undefined {
  if (identifier.startsWith('git://')) return { url: gitUrl(identifier, attrs), taken: [] };
  if (!/^https?:/.test(identifier)) return undefined;
  return {
    url: identifier,
    file: attrs['http.filename'] ?? identifier.replace(/^.*\//, ''),
    taken: [],
  };
}

/** In the form in which people write it. */
function gitUrl(identifier: string, attrs: Readonly<Record<string, string>>): string {
  const [remote = '', fragment] = identifier.split('#');
  const options = new URLSearchParams({
    ...(attrs['git.checksum'] !== undefined && { checksum: attrs['git.checksum'] }),
    ...(attrs['git.keepgitdir'] === 'true' && { 'keep-git-dir': 'true' }),
    ...(attrs['git.skipsubmodules'] === 'true' && { submodules: 'false' }),
  });
  const query = options.size === 0 ? '' : `?${options.toString()}`;
  return `${attrs['git.fullurl'] ?? remote}${query}${fragment === undefined ? '' : `#${fragment}`}`;
}
