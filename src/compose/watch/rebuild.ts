import type { Client } from '../../client/client.ts';
import { messageOf } from '../../lib/errors.ts';
import { buildService, type BuildOptions } from '../build.ts';
import type { Project } from '../model/types.ts';
import { label } from '../plan/labels.ts';
import { imageName } from '../plan/names.ts';
import { observe } from '../plan/observe.ts';
import { up } from '../up.ts';

export interface RebuildOptions extends Pick<BuildOptions, 'allAuth' | 'onBuildLine' | 'signal'> {
  /** Remove the images that the new ones took their names from. */
  readonly prune: boolean;
  readonly say: (line: string) => void;
}

/** Builds services anew and puts new containers of them, and of no others, in the place of the old ones. */
export async function rebuild(
  client: Client,
  project: Project,
  names: readonly string[],
  { prune, say, ...options }: RebuildOptions,
): Promise<void> {
  const list = `[${names.map((name) => JSON.stringify(name)).join(' ')}]`;
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      say(`${what}. Error: ${messageOf(error)}`);
      throw error;
    }
  };
  say(`Rebuilding service(s) ${list} after changes were detected...`);
  await attempt('Build failed', () =>
    Promise.all(
      names.map(async (name) => {
        const service = project.services.get(name);
        if (service) await buildService(client, project, service, options);
      }),
    ),
  );
  say(`service(s) ${list} successfully built`);
  await attempt('Failed to recreate services after update', async () =>
    up(client, project, () => {}, {
      services: names,
      scale: await numbersOf(client, project, names),
      noDeps: true,
      noBuild: true,
      pull: 'missing',
      forceRecreate: true,
      ...(options.signal && { signal: options.signal }),
    }),
  );
  if (prune) await removeDangling(client, project, names);
}

/** How many containers of services there are, however they came to be so many. */
async function numbersOf(
  client: Client,
  project: Project,
  names: readonly string[],
): Promise<Map<string, number>> {
  const { byService } = await observe(client, project.name);
  return new Map(
    names.flatMap((name) => (byService.has(name) ? [[name, byService.get(name)?.length ?? 1] as const] : [])),
  );
}

/** Images of the project that have no name any more. One that is still in use stays. */
async function removeDangling(client: Client, project: Project, names: readonly string[]): Promise<void> {
  const built = new Set(
    await Promise.all(
      names.map(async (name) => {
        const service = project.services.get(name);
        return service && (await client.images.inspect(imageName(project, service))).Id;
      }),
    ),
  );
  const images = await client.images.list({
    filters: { dangling: ['true'], label: [`${label.project}=${project.name}`] },
  });
  for (const { Id } of images) if (!built.has(Id)) await client.images.remove(Id).catch(() => {});
}
