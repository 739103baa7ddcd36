import { type BuildFlags, buildFlags } from '../build/build-flags.ts';
import { EngineError } from '../../lib/errors.ts';
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
  if (await isOurs(context)) {
    const { buildNatively } = await import('../build/native.ts');
    return buildNatively(context, flags, source);
  }
  const { buildClassically } = await import('../build/classic.ts');
  await buildClassically(context, flags, source);
  return 0;
}

/** Whether the engine is one of ours that has the call: an older one may still run. */
async function isOurs({ client }: Context): Promise<boolean> {
  const { Platform } = await client.system.version();
  if (Platform?.Name !== 'lading') return false;
  return client.builds.list({ limit: 1 }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof EngineError && error.kind === 'not-implemented') return false;
      throw error;
    },
  );
}
