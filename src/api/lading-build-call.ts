import { EngineError, invalid, messageOf } from '../lib/errors.ts';
import type { BuildCall, BuildOption, DirectoryCall } from '../wire/build.ts';
import type { Call } from './call.ts';
import { authShape } from './registry-auth.ts';
import { checkShape, type Shape, strings } from './shape.ts';

/** Secrets are in it. */
const LARGEST = 16 << 20;

const texts: Shape = { map: 'string' };
const directory: Shape = {
  members: { path: 'string', identity: 'string' } satisfies Record<keyof DirectoryCall, Shape>,
};
const options: Shape = {
  list: { members: { type: 'string', attributes: texts } satisfies Record<keyof BuildOption, Shape> },
};
const policy: Shape = {
  members: {
    version: 'integer',
    rules: {
      list: {
        members: {
          action: 'string',
          selector: {
            members: {
              identifier: 'string',
              match_type: 'string',
              constraints: { list: { members: { key: 'string', value: 'string', condition: 'string' } } },
            },
          },
          updates: { members: { identifier: 'string', attrs: texts } },
        },
      },
    },
  },
};
const shape: Shape = {
  members: {
    context: { members: { kind: 'string', path: 'string', identity: 'string', url: 'string' } },
    dockerfile: { members: { path: 'string', text: 'string', name: 'string', ignore: strings } },
    lineage: 'string',
    attributes: texts,
    outputs: options,
    cacheFrom: options,
    cacheTo: options,
    allow: strings,
    policy,
    directories: { map: directory },
    secrets: texts,
    agents: texts,
    credentials: { map: authShape },
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
  if (!['directory', 'archive', 'remote'].includes(asked.context?.kind))
    throw invalid('invalid request body: context is missing');
  return { ...asked, dockerfile: asked.dockerfile ?? {} };
}

/** Paths mean something only to a client on the same machine. */
function checkPeer({ isLocal }: Call, { context, directories = {}, agents = {} }: BuildCall): void {
  if (isLocal) return;
  if (context.kind === 'directory' || Object.keys({ ...directories, ...agents }).length > 0)
    throw new EngineError(
      'forbidden',
      "directories and agents are taken from clients at the engine's own socket only",
    );
}
