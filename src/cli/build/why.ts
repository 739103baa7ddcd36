import { defineCommand } from '../command.ts';
import { text } from '../flags.ts';
import { showWhy } from './why/show-why.ts';

export const command = defineCommand({
  summary: 'Say why the steps of a build were not cached, and what that cost',
  usage: '[OPTIONS] [BUILD]',
  flags: { format: text('Format output using a custom template: json or TEMPLATE', 'f') },
  args: { min: 0, max: 1 },
  async run(context, flags, [name]) {
    await showWhy(context, name, flags.format);
  },
});
