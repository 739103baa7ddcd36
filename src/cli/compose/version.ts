import { COMPOSE_VERSION } from '../../compose/plan/labels.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { bool, text } from '../flags.ts';

export const command = defineCommand({
  summary: 'Show the Compose version information',
  usage: '[OPTIONS]',
  flags: {
    format: text('Format the output. Values: [pretty | json]', 'f'),
    short: bool("Shows only Compose's version number"),
  },
  async run(context, flags) {
    if (flags.short) print(context, COMPOSE_VERSION);
    else
      print(
        context,
        flags.format === 'json'
          ? JSON.stringify({ version: COMPOSE_VERSION })
          : `lade compose, compatible with Docker Compose v${COMPOSE_VERSION}`,
      );
  },
});
