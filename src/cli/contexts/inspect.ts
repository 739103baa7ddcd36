import { contextName, DEFAULT_CONTEXT } from '../choose-host.ts';
import { defineCommand } from '../command.ts';
import { text } from '../flags.ts';
import { inspectAll } from '../inspect-all.ts';
import { defaultContext } from './create.ts';
import { ContextStore } from './store.ts';

const IN_MEMORY = '<IN MEMORY>';

export const command = defineCommand({
  summary: 'Display detailed information on one or more contexts',
  usage: '[OPTIONS] [CONTEXT] [CONTEXT...]',
  offline: true,
  flags: { format: text('Format output using a custom template', 'f') },
  args: { min: 0 },
  run(context, flags, names) {
    const store = new ContextStore(context.env);
    const wanted = names.length > 0 ? names : [contextName(context.hostFlags, context.env)];
    return inspectAll(context, wanted, flags.format, async (name) => {
      if (name === DEFAULT_CONTEXT)
        return {
          ...defaultContext(context),
          TLSMaterial: {},
          Storage: { MetadataPath: IN_MEMORY, TLSPath: IN_MEMORY },
        };
      const found = store.get(name);
      const files = Object.keys(store.tls(name));
      return {
        ...found,
        TLSMaterial: files.length > 0 ? { docker: files } : {},
        Storage: { MetadataPath: store.metaDirectory(name), TLSPath: store.tlsDirectory(name) },
      };
    });
  },
});
