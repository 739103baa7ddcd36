import { bool, text } from '../flags.ts';
import { familiarName, parseReference, withDefaultTag } from '../../oci/reference.ts';
import { defineCommand } from '../command.ts';
import { type Context, print } from '../context.ts';
import { showProgress } from '../progress.ts';
import { authFor } from '../registry-auth.ts';

export const command = defineCommand({
  summary: 'Download an image from a registry',
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  flags: {
    'all-tags': bool('Download all tagged images in the repository', 'a'),
    'disable-content-trust': bool('Skip image verification (default true)'),
    platform: text('Set platform if server is multi-platform capable'),
    quiet: bool('Suppress verbose output', 'q'),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [name = '']) {
    const reference = parseReference(name);
    const shown = familiarName(flags['all-tags'] ? reference : withDefaultTag(reference));
    if (!flags['all-tags'] && reference.tag === undefined && reference.digest === undefined && !flags.quiet)
      print(context, 'Using default tag: latest');
    await pullImage(context, flags['all-tags'] ? name : shown, {
      quiet: flags.quiet,
      platform: flags.platform,
      out: context.out,
    });
    print(context, fullName(shown));
  },
});

const fullName = (name: string): string => {
  const { domain, path, tag, digest } = withDefaultTag(parseReference(name));
  return `${domain}/${path}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
};

/** Pulls an image with the user's credentials and shows how it goes. */
export async function pullImage(
  context: Context,
  name: string,
  options: {
    quiet?: boolean | undefined;
    platform?: string | undefined;
    out: Context['out'] | Context['err'];
  },
): Promise<void> {
  const auth = await authFor(context, name);
  const reference = familiarName(withDefaultTag(parseReference(name)));
  const lines = await context.client.images.pull(reference, {
    ...(options.platform !== undefined && { platform: options.platform }),
    ...(auth && { auth }),
    signal: context.signal,
  });
  await showProgress(lines, options.quiet ? undefined : options.out);
}
