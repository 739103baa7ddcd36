import { EngineError, invalid, messageOf } from '../lib/errors.ts';
import type { BuildCall } from '../wire/build.ts';
import type { Call } from './call.ts';
import { authShape } from './registry-auth.ts';
import { checkShape, type Shape, strings } from './shape.ts';

/** Secrets are in it. */
const LARGEST = 16 << 20;

const directory: Shape = { members: { kind: 'string', path: 'string', identity: 'string', name: 'string' } };
const shape: Shape = {
  members: {
    context: directory,
    dockerfile: { members: { path: 'string', text: 'string', name: 'string', ignore: strings } },
    tags: strings,
    lineage: 'string',
    target: 'string',
    buildArgs: { map: 'string' },
    labels: { map: 'string' },
    noCache: 'boolean',
    noCacheFilter: strings,
    pull: 'boolean',
    network: 'string',
    platform: 'string',
    extraHosts: strings,
    shmSize: 'integer',
    ulimits: { list: { members: { type: 'string', soft: 'integer', hard: 'integer' } } },
    cgroupParent: 'string',
    cacheFrom: strings,
    contexts: { map: directory },
    secrets: { map: 'string' },
    agents: { map: 'string' },
    credentials: { map: authShape },
    output: 'string',
    keepFailed: 'boolean',
  } satisfies Record<keyof BuildCall, Shape>,
};

/** Reads the document on the first line of the body; `rest` is what follows it. */
export async function readCall(call: Call): Promise<{ asked: BuildCall; rest: AsyncIterable<Uint8Array> }> {
  const source = call.body[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let end = -1;
  while (end < 0) {
    const next = await source.next();
    if (next.done) break;
    const from = head.length;
    head = Buffer.concat([head, next.value]);
    end = head.indexOf('\n', from);
    if (head.length > LARGEST && end < 0) throw invalid('the first line of the request is too long');
  }
  const asked = parse(head.subarray(0, end < 0 ? undefined : end).toString());
  async function* rest(): AsyncGenerator<Uint8Array> {
    if (end >= 0) yield head.subarray(end + 1);
    yield* { [Symbol.asyncIterator]: () => source };
  }
  checkPeer(call, asked);
  return { asked, rest: rest() };
}

function parse(line: string): BuildCall {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw invalid(`invalid JSON: ${messageOf(error)}`, error);
  }
  const asked = checkShape(value, shape) as BuildCall;
  const { context, output = 'image' } = asked;
  if (!['directory', 'archive'].includes(context?.kind))
    throw invalid('invalid request body: context is missing');
  if (!['image', 'cacheonly', 'tar', 'check'].includes(output)) throw invalid(`unknown output: ${output}`);
  return { ...asked, dockerfile: asked.dockerfile ?? {} };
}

/** Paths mean something only to a client on the same machine. */
function checkPeer({ isLocal }: Call, { context, contexts = {}, agents = {} }: BuildCall): void {
  if (isLocal) return;
  const paths = [context, ...Object.values(contexts)].some(({ kind }) => kind === 'directory');
  if (paths || Object.keys(agents).length > 0)
    throw new EngineError(
      'forbidden',
      "directories and agents are taken from clients at the engine's own socket only",
    );
}
