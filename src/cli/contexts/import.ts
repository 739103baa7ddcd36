import { createReadStream } from 'node:fs';
import { hasCode, messageOf } from '../../lib/errors.ts';
import { readTar } from '../../lib/tar/read.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import {
  checkContextName,
  ContextStore,
  parseContext,
  type StoredContext,
  type TlsContents,
  tlsFiles,
} from './store.ts';

/** No file of a context is larger. */
const LARGEST = 10 << 20;

export const command = defineCommand({
  summary: 'Import a context from a tar file',
  usage: 'CONTEXT FILE|-',
  offline: true,
  flags: {},
  args: { min: 2, max: 2 },
  async run(context, _flags, [name = '', file = '']) {
    checkContextName(name);
    const store = new ContextStore(context.env);
    if (store.has(name)) throw new ExitError(1, `context "${name}" already exists`);
    const source = (file === '-' ? context.in : createReadStream(file)) as AsyncIterable<Uint8Array>;
    const { stored, tls } = await read(source, file);
    store.put({ ...stored, Name: name }, tls);
    print(context, name);
    context.err.write(`Successfully imported context "${name}"\n`);
  },
});

async function read(
  source: AsyncIterable<Uint8Array>,
  file: string,
): Promise<{ stored: StoredContext; tls: TlsContents }> {
  try {
    return await readArchive(source);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw new ExitError(1, `open ${file}: no such file or directory`);
    throw new ExitError(1, `cannot import ${file}: ${messageOf(error)}`);
  }
}

/** Takes the members that a context has, and nothing else. */
async function readArchive(source: AsyncIterable<Uint8Array>) {
  let stored: StoredContext | undefined;
  const tls: Record<string, Buffer> = {};
  for await (const { entry, body } of readTar(source)) {
    const name = String(entry.name);
    if (entry.type !== 'file') continue;
    const isTls = /^tls\/docker\/([^/]+)$/.exec(name)?.[1];
    if (name === 'meta.json') stored = parseContext((await content(body, name)).toString());
    else if (tlsFiles.some((known) => known === isTls)) tls[isTls as string] = await content(body, name);
    else throw new Error(`unexpected context file: ${name}`);
  }
  if (!stored) throw new Error('invalid context: no metadata found');
  return { stored, tls };
}

async function content(body: AsyncIterable<Uint8Array>, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST) throw new Error(`${name} is larger than ${LARGEST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
