import type { Context } from '../context.ts';
import type { CacheMountAnswer } from '../../wire/build.ts';
import { formatBytes } from '../../lib/bytes.ts';
import { defineCommand } from '../command.ts';
import { ExitError } from '../exit-code.ts';
import { bool, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';
import { ago } from '../format/time.ts';
import { openFile } from '../image/load.ts';
import { writeOutput } from '../write-output.ts';

type Verb = (context: Context, args: readonly string[]) => Promise<number | void>;

export const command = defineCommand({
  summary: 'Manage cache mounts: list, export to a file, import, remove',
  usage: '[OPTIONS] ls | export ID FILE | import ID FILE | rm ID [ID...]',
  flags: {
    format: text(
      "Format output of ls using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE",
    ),
    quiet: bool('Only show IDs', 'q'),
  },
  args: { min: 1 },
  run(context, flags, [verb = '', ...args]) {
    if (verb === 'ls' || verb === 'list') return list(context, flags);
    const work = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    if (!work) throw new ExitError(1, `unknown command: lade builder cache ${verb} (ls, export, import, rm)`);
    return work(context, args);
  },
});

async function list(
  context: Context,
  { format, quiet }: { readonly format?: string | undefined; readonly quiet?: boolean | undefined },
): Promise<void> {
  const items = await context.client.builds.cacheMounts();
  const shown = ['ID', 'Name', 'Size', 'CreatedSince', 'LastUsedSince', 'UsageCount', 'InUse'];
  context.out.write(await formatList({ items, columns, shown, format, quiet: quiet && 'ID' }));
}

const verbs: Readonly<Record<string, Verb>> = {
  async export(context, args) {
    const [id, file] = two('export', args);
    await writeOutput(context, 'export cache mount', file === '-' ? undefined : file, () =>
      context.client.builds.readCacheMount(id),
    );
  },
  async import(context, args) {
    const [id, file] = two('import', args);
    const source = file === '-' ? context.in : await openFile(file);
    const { name, size } = await context.client.builds.writeCacheMount(
      id,
      source as AsyncIterable<Uint8Array>,
      { signal: context.signal },
    );
    context.out.write(`${name} ${formatBytes(size)}\n`);
  },
  async rm(context, ids) {
    if (ids.length === 0) throw new ExitError(1, 'lade builder cache rm requires an ID');
    for (const id of ids) {
      await context.client.builds.removeCacheMount(id);
      context.out.write(`${id}\n`);
    }
  },
};

function two(verb: string, [id, file, ...more]: readonly string[]): [id: string, file: string] {
  if (id === undefined || file === undefined || more.length > 0)
    throw new ExitError(
      1,
      `lade builder cache ${verb} requires an ID and a FILE (- = standard input or output)`,
    );
  return [id, file];
}

const columns: Columns<CacheMountAnswer> = {
  CreatedSince: ['CREATED', ({ createdAt }) => ago(Date.parse(createdAt) / 1000)],
  ID: ['ID', ({ id }) => id],
  InUse: ['IN USE', ({ inUse }) => String(inUse)],
  LastUsedSince: ['LAST USED', ({ lastUsedAt }) => ago(Date.parse(lastUsedAt) / 1000)],
  Name: ['NAME', ({ name }) => name],
  Size: ['SIZE', ({ size }) => formatBytes(size)],
  UsageCount: ['USAGE', ({ usageCount }) => String(usageCount)],
};
