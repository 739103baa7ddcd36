import { EngineError } from '../../lib/errors.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool, text } from '../flags.ts';
import { inspectAll } from '../inspect-all.ts';

export const command = defineCommand({
  summary: 'Return low-level information on objects',
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  flags: {
    format: text('Format output using a custom template', 'f'),
    size: bool('Display total file sizes if the type is container', 's'),
    type: text('Only inspect objects of the given type'),
  },
  args: { min: 1 },
  run(context, flags, names) {
    const kinds = kindsOf(context, flags.size ?? false);
    if (flags.type !== undefined && !Object.hasOwn(kinds, flags.type))
      throw new ExitError(
        1,
        `unknown type: ${JSON.stringify(flags.type)}: must be one of "container", "image", "network", "volume"`,
      );
    const only = flags.type === undefined ? undefined : kinds[flags.type];
    return inspectAll(context, names, flags.format, only ?? ((name) => firstOf(Object.values(kinds), name)));
  },
});

type Inspect = (name: string) => Promise<unknown>;

const kindsOf = ({ client }: Context, size: boolean): Record<string, Inspect> => ({
  container: (name) => client.containers.inspect(name, { size }),
  image: (name) => client.images.inspect(name),
  network: (name) => client.networks.inspect(name),
  volume: (name) => client.volumes.inspect(name),
});

async function firstOf(kinds: readonly Inspect[], name: string): Promise<unknown> {
  for (const inspect of kinds) {
    try {
      return await inspect(name);
    } catch (error) {
      if (!(error instanceof EngineError && error.kind === 'not-found')) throw error;
    }
  }
  throw new ExitError(1, `Error: No such object: ${name}`);
}
