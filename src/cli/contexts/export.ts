import { buffer } from 'node:stream/consumers';
import { hasCode, messageOf } from '../../lib/errors.ts';
import { writeFileSync } from '../../lib/fs.ts';
import { makeEntry } from '../../lib/tar/entry.ts';
import { type TarMember, writeTar } from '../../lib/tar/write.ts';
import { defineCommand } from '../command.ts';
import { ExitError } from '../exit-code.ts';
import { ContextStore } from './store.ts';

export const command = defineCommand({
  summary: 'Export a context to a tar archive FILE or a tar stream on STDOUT.',
  usage: '[OPTIONS] CONTEXT [FILE|-]',
  offline: true,
  flags: {},
  args: { min: 1, max: 2 },
  async run(context, _flags, [name = '', file = `${name}.dockercontext`]) {
    const archive = await buffer(writeTar(membersOf(new ContextStore(context.env), name)));
    if (file === '-') {
      if (context.out.isTTY)
        throw new ExitError(1, 'cowardly refusing to export to a terminal, specify a file path');
      context.out.write(archive);
      return;
    }
    writeNew(file, archive);
    context.err.write(`Written file ${JSON.stringify(file)}\n`);
  },
});

function* membersOf(store: ContextStore, name: string): Generator<TarMember> {
  yield file('meta.json', Buffer.from(JSON.stringify(store.get(name))), 0o644);
  const tls = Object.entries(store.tls(name));
  if (tls.length === 0) return;
  for (const directory of ['tls', 'tls/docker'])
    yield { entry: makeEntry({ name: directory, type: 'directory', mode: 0o700 }) };
  for (const [base, content] of tls) yield file(`tls/docker/${base}`, content, 0o600);
}

const file = (name: string, body: Buffer, mode: number): TarMember => ({
  entry: makeEntry({ name, mode, size: body.length }),
  body,
});

/** It holds keys: nobody else may read it, and nothing is overwritten. */
function writeNew(path: string, content: Buffer): void {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const why = hasCode(error, 'EEXIST') ? 'file exists' : messageOf(error);
    throw new ExitError(1, `open ${path}: ${why}`);
  }
}
