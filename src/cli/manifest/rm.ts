import { defineCommand } from '../command.ts';
import { forEachTarget } from '../for-each.ts';
import { parseName } from './names.ts';
import { ManifestStore, NoSuchManifest } from './store.ts';

export const command = defineCommand({
  summary: 'Delete one or more manifest lists from local storage',
  usage: 'MANIFEST_LIST [MANIFEST_LIST...]',
  offline: true,
  flags: {},
  args: { min: 1 },
  run: (context, _flags, names) =>
    forEachTarget(context, names, async (name) => {
      const list = parseName(name);
      const store = new ManifestStore(context.env);
      if (!store.has(list)) throw new NoSuchManifest(list);
      store.remove(list);
      return null;
    }),
});
