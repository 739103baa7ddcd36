import { DEFAULT_CONTEXT, hostVariable } from '../choose-host.ts';
import { defineCommand } from '../command.ts';
import { changeConfig } from '../config-file.ts';
import { print } from '../context.ts';
import { checkContextName, ContextStore } from './store.ts';

export const command = defineCommand({
  summary: 'Set the current context',
  usage: 'CONTEXT',
  offline: true,
  flags: {},
  args: { min: 1, max: 1 },
  async run(context, _flags, [name = '']) {
    if (name !== DEFAULT_CONTEXT) {
      checkContextName(name);
      new ContextStore(context.env).get(name);
    }
    await changeConfig(context, ({ currentContext: _before, ...config }) =>
      name === DEFAULT_CONTEXT ? config : { ...config, currentContext: name },
    );
    print(context, name);
    context.err.write(`Current context is now "${name}"\n`);
    const variable = hostVariable(context.env);
    if (variable && name !== DEFAULT_CONTEXT)
      context.err.write(
        `Warning: ${variable} environment variable overrides the active context. To use "${name}", either set the global --context flag, or unset ${variable} environment variable.\n`,
      );
  },
});
