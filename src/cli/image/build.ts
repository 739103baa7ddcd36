import { type BuildFlags, buildFlags } from '../build/build-flags.ts';
import { openPlace } from '../build/open-place.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';

export const command = defineCommand({
  summary: 'Build an image from a Dockerfile',
  usage: '[OPTIONS] PATH | URL | -\n   or:  lade build why [BUILD]',
  flags: buildFlags,
  args: { min: 1, max: 2 },
  async run(context, flags, [place = '', ...more]) {
    if (place === 'why' && (more.length > 0 || !(await isDirectory(context, place)))) {
      const { showWhy } = await import('../build/why/show-why.ts');
      await showWhy(context, more[0], undefined);
      return 0;
    }
    if (more.length > 0) throw new ExitError(1, "lade: 'lade build' requires 1 argument");
    return build(context, flags, place);
  },
});

async function isDirectory({ cwd }: Context, name: string): Promise<boolean> {
  const { existsSync } = await import('node:fs');
  const { resolve } = await import('node:path');
  return existsSync(resolve(cwd, name));
}

async function build(context: Context, flags: BuildFlags, place: string): Promise<number> {
  using source = await openPlace(context, place, { file: flags.file, compress: flags.compress ?? false });
  const { buildNatively } = await import('../build/native.ts');
  const status = await buildNatively(context, flags, source);
  if (status !== 'not ours') return status;
  const { buildClassically } = await import('../build/classic.ts');
  await buildClassically(context, flags, source);
  return 0;
}
