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
