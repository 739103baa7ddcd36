import type { Project, Service } from '../../compose/model/types.ts';
import { imageName } from '../../compose/plan/names.ts';
import { chosenServices } from '../../compose/up.ts';
import { EngineError, messageOf } from '../../lib/errors.ts';
import { mapPool } from '../../lib/pool.ts';
import { familiarRepository, parseReference } from '../../oci/reference.ts';
import { bool } from '../flags.ts';
import { authFor } from '../registry-auth.ts';
import { type ComposeContext, defineComposeCommand } from './globals.ts';
import { tellStep } from './step-line.ts';

export const command = defineComposeCommand({
  summary: 'Push service images',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    'ignore-push-failures': bool('Push what it can and ignores images with push failures'),
    'include-deps': bool('Also push images of services declared as dependencies'),
    quiet: bool('Push without printing progress information', 'q'),
  },
  args: { min: 0 },
  async run(context, flags, names) {
    const project = context.load(names);
    const services = chosenServices(project, { services: names, noDeps: !flags['include-deps'] });
    await pushServices(context, project, services, {
      quiet: flags.quiet,
      ignoreFailures: flags['ignore-push-failures'],
    });
  },
});

/** Pushes the images of services that are built and have names for them. */
export async function pushServices(
  context: ComposeContext,
  project: Project,
  services: readonly Service[],
  {
    quiet,
    ignoreFailures,
  }: { readonly quiet?: boolean | undefined; readonly ignoreFailures?: boolean | undefined },
): Promise<void> {
  const tell = (id: string, status: string): void => {
    if (!quiet) tellStep(context, id, status);
  };
  const images = new Set<string>();
  for (const service of services) {
    if (service.build && service.image !== undefined)
      for (const image of [imageName(project, service), ...service.build.tags]) images.add(image);
    else tell(service.name, 'Skipped');
  }
  await mapPool([...images], 4, async (image, signal) => {
    tell(image, 'Pushing');
    try {
      await push(context, image, signal);
      tell(image, 'Pushed');
    } catch (error) {
      tell(image, messageOf(error));
      if (!ignoreFailures) throw error;
    }
  });
}

async function push(context: ComposeContext, image: string, signal: AbortSignal): Promise<void> {
  const reference = parseReference(image);
  const auth = await authFor(context, image);
  const lines = await context.client.images.push(familiarRepository(reference), {
    tag: reference.tag ?? 'latest',
    ...(auth && { auth }),
    signal,
  });
  for await (const { error, errorDetail } of lines)
    if (error !== undefined) throw new EngineError('internal', errorDetail?.message ?? error);
}
