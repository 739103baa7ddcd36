import { COMPOSE_VERSION } from '../../compose/plan/labels.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { bool, text } from '../flags.ts';

export const command = defineCommand({
  summary: 'Show the Docker Compose version information',
  usage: '[OPTIONS]',
  flags: {
    format: text('Format the output. Values: [pretty | json]. (Default: pretty)', 'f'),
    short: bool("Shows only Compose's version number"),
  },
  offline: true,
  async run(context, flags) {
    if (flags.short) print(context, COMPOSE_VERSION);
    else if (flags.format === 'json') print(context, JSON.stringify({ version: COMPOSE_VERSION }));
    else print(context, versionLine);
  },
});

/** In the words that tools look for, and then whose it is. */
export const versionLine = `Docker Compose version v${COMPOSE_VERSION} (lading)`;
