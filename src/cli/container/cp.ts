import { defineCommand } from '../command.ts';
import { ExitError } from '../exit-code.ts';
import { bool } from '../flags.ts';
import { copyIn } from './copy-in.ts';
import { copyOut } from './copy-out.ts';
import { parseSide } from './copy-target.ts';

export const command = defineCommand({
  summary: 'Copy files/folders between a container and the local filesystem',
  usage: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tlade cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  flags: {
    archive: bool('Archive mode (copy all uid/gid information)', 'a'),
    'follow-link': bool('Always follow symbol link in SRC_PATH', 'L'),
    quiet: bool('Suppress progress output during copy', 'q'),
  },
  args: { min: 2, max: 2 },
  async run(context, flags, [from = '', to = '']) {
    const source = parseSide(from);
    const target = parseSide(to);
    const follow = flags['follow-link'] ?? false;
    if ('container' in source && 'container' in target)
      throw new ExitError(1, 'copying between containers is not supported');
    if ('container' in source) await copyOut(context, source, target, follow);
    else if ('container' in target)
      await copyIn(context, source, target, { owners: flags.archive ?? false, follow });
    else throw new ExitError(1, 'must specify at least one container source');
    if (!flags.quiet && context.err.isTTY) context.err.write(`Successfully copied to ${to}\n`);
  },
});
