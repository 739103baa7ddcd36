import { DEFAULT_CONTEXT } from '../choose-host.ts';
import { defineCommand } from '../command.ts';
import { changeConfig, readConfig } from '../config-file.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool } from '../flags.ts';
import { forEachTarget } from '../for-each.ts';
import { ContextStore } from './store.ts';

export const command = defineCommand({
  summary: 'Remove one or more contexts',
  usage: 'CONTEXT [CONTEXT...]',
  offline: true,
  flags: { force: bool('Force the removal of a context in use', 'f') },
  args: { min: 1 },
  run: (context, flags, names) =>
    forEachTarget(context, names, (name) => remove(context, name, flags.force ?? false)),
});

async function remove(context: Context, name: string, force: boolean): Promise<void> {
  if (name === DEFAULT_CONTEXT) throw new ExitError(1, 'context "default" cannot be removed');
  const store = new ContextStore(context.env);
  if (!store.has(name) && !force) throw new ExitError(1, `context "${name}" does not exist`);
  if (readConfig(context).currentContext === name) {
    if (!force) throw new ExitError(1, `context "${name}" is in use, set -f flag to force remove`);
    await changeConfig(context, ({ currentContext: _gone, ...config }) => config);
  }
  store.delete(name);
}
