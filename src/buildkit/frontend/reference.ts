import { EngineError } from '../../lib/errors.ts';
import { digestOf } from '../../oci/digest.ts';
import type { Definition, Op } from '../message-types.ts';
import { codec } from '../messages.ts';

const ops = codec<Op>('pb.Op');
const SCHEME = 'lading-result://';

/**
 * A graph that stands for a result of this engine: one source that names it, and the operation that every graph ends with. A client
 * hands it back where the result of one build is a source of another.
 */
export function definitionOf(result: string): Definition {
  const source = ops.encode({ source: { identifier: `${SCHEME}${result}`, attrs: {} } });
  const digest = digestOf(source);
  // clients take a graph without metadata for none
  return { def: [source, ops.encode({ inputs: [{ digest, index: 0 }] })], metadata: { [digest]: {} } };
}

/**
 * The URL of a graph that is nothing but a git repository or a file behind a URL: how clients read definitions that lie elsewhere
 * (`docker buildx bake URL`). Undefined for other graphs.
 */
export function remoteSourceOf({
  def,
}: Definition): { readonly url: string; readonly file?: string } | undefined {
  const found = def.map((bytes) => ops.decode(bytes)).filter(({ inputs }) => inputs.length === 0);
  const source = def.length === 2 && found.length === 1 ? found[0]?.source : undefined;
  if (!source) return undefined;
  const { identifier, attrs } = source;
  if (identifier.startsWith('git://')) {
    const [, fragment] = identifier.split('#');
    const url = attrs['git.fullurl'] ?? identifier.split('#')[0] ?? '';
    return { url: fragment === undefined ? url : `${url}#${fragment}` };
  }
  if (!/^https?:/.test(identifier)) return undefined;
  return { url: identifier, file: attrs['http.filename'] ?? identifier.replace(/^.*\//, '') };
}

/** The result that such a graph stands for. Throws for graphs of any other kind. */
export function resultOf({ def }: Definition): string {
  for (const bytes of def) {
    const identifier = ops.decode(bytes).source?.identifier;
    if (identifier?.startsWith(SCHEME)) return identifier.slice(SCHEME.length);
  }
  throw new EngineError(
    'not-implemented',
    'build graphs that were made elsewhere (LLB) are not supported by this engine: only Dockerfiles are built',
  );
}
