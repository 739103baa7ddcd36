import { invalid } from '../../lib/errors.ts';
import {
  familiarName,
  parseReference,
  type Reference,
  repositoryOf,
  withDefaultTag,
} from '../../oci/reference.ts';
import { defineCommand } from '../command.ts';
import { type Context, print } from '../context.ts';
import { bool, text } from '../flags.ts';
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
    const given = parseReference(name);
    const bare = given.tag === undefined && given.digest === undefined;
    if (flags['all-tags'] && !bare) throw invalid("tag can't be used with --all-tags/-a");
    if (bare && !flags['all-tags'] && !flags.quiet) print(context, 'Using default tag: latest');
    const reference = flags['all-tags'] ? given : withDefaultTag(given);
    await pull(context, reference, { ...flags, out: context.out });
    print(context, fullName(reference));
  },
});

interface PullOptions {
  readonly quiet?: boolean | undefined;
  readonly platform?: string | undefined;
  /** Where the progress is shown. */
  readonly out: Context['out'] | Context['err'];
}

/** Pulls an image, by default its tag `latest`, with the user's credentials and shows how it goes. */
export const pullImage = (context: Context, name: string, options: PullOptions): Promise<void> =>
  pull(context, withDefaultTag(parseReference(name)), options);

/** A reference without tag and digest means all tags. */
async function pull(context: Context, reference: Reference, options: PullOptions): Promise<void> {
  const auth = await authFor(context, familiarName(reference));
  const lines = await context.client.images.pull(familiarName(reference), {
    ...(options.platform !== undefined && { platform: options.platform }),
    ...(auth && { auth }),
    signal: context.signal,
  });
  await showProgress(lines, options.quiet ? undefined : options.out);
}

function fullName(reference: Reference): string {
  const { tag, digest } = reference;
  const suffix = digest === undefined ? (tag === undefined ? '' : `:${tag}`) : `@${digest}`;
  return `${repositoryOf(reference)}${suffix}`;
}
