import { graphOf } from '../../compose/graphviz.ts';
import { ExitError } from '../exit-code.ts';
import { bool, int } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';

export const command = defineComposeCommand({
  summary: 'EXPERIMENTAL - Generate a graphviz graph from your compose file',
  usage: '[OPTIONS]',
  flags: {
    image: bool("Include service's image name in output graph"),
    'indentation-size': int('Number of tabs or spaces to use for indentation (default 1)'),
    networks: bool("Include service's attached networks in output graph"),
    ports: bool("Include service's exposed ports in output graph"),
    spaces: bool(
      "If given, space character ' ' will be used to indent, otherwise tab character '\\t' will be used",
    ),
  },
  args: { min: 0 },
  offline: true,
  async run(context, { image, networks, ports, spaces, 'indentation-size': size = 1 }) {
    if (size < 0) throw new ExitError(1, `invalid indentation size: ${size}`);
    context.err.write('viz command is EXPERIMENTAL\n');
    const indent = (spaces ? ' ' : '\t').repeat(size);
    context.out.write(`${graphOf(context.load(), { indent, networks, ports, image })}\n`);
  },
});
