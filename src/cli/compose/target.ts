import type { LoadStep } from '../../compose/load/load-options.ts';
import type { Project } from '../../compose/model/types.ts';
import { RemoteNeeded } from '../../compose/load/remote-reference.ts';
import { isUp, numberOf, observe, serviceOf } from '../../compose/plan/observe.ts';
import { didYouMean } from '../../lib/suggest.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { ExitError } from '../exit-code.ts';
import type { ComposeContext } from './globals.ts';

/** What is only looked at needs no env files. */
const withoutEnvFiles: ReadonlySet<LoadStep> = new Set(['resolve-environment']);

/** The name of the project: for what only looks at its containers a name on the command line is enough. */
export const projectNameOf = (context: ComposeContext): string =>
  givenName(context) ?? context.load([], withoutEnvFiles).name;

/**
 * The project, or its name alone where that is given and no files are. Throws for services that it does not have.
 */
export function projectOrName(
  context: ComposeContext,
  services: readonly string[],
): { readonly project?: Project; readonly name: string } {
  const { 'project-name': flag = '', file } = context.globals;
  if (flag !== '' && file.length === 0) return { name: flag.toLowerCase() };
  let project: Project;
  try {
    project = context.load(services, withoutEnvFiles);
  } catch (error) {
    const name = givenName(context);
    if (name === undefined || error instanceof RemoteNeeded) throw error;
    return { name }; // that of the environment
  }
  for (const service of services)
    if (!project.services.has(service) && !project.disabled.has(service))
      throw new ExitError(1, `no such service: ${service}${didYouMean(service, project.services.keys())}`);
  return { project, name: project.name };
}

const givenName = ({ globals, env }: ComposeContext): string | undefined =>
  (globals['project-name'] || env['COMPOSE_PROJECT_NAME'])?.toLowerCase() || undefined;

interface Wanted {
  /** The container's number; any without. */
  readonly index?: number | undefined;
  /** Also one that does not run. */
  readonly stopped?: boolean;
  /** Also those of `run`. */
  readonly oneOffs?: boolean;
}

/** The container of a service that a command is meant for: the one with that number, or else the first. */
export async function serviceContainer(
  context: ComposeContext,
  project: string,
  service: string,
  { index, stopped = false, oneOffs = false }: Wanted = {},
): Promise<ContainerSummary> {
  const observed = await observe(context.client, project);
  const found = [
    ...(observed.byService.get(service) ?? []),
    ...(oneOffs ? observed.oneOffs.filter((item) => serviceOf(item) === service) : []),
  ].find((item) => (stopped || isUp(item)) && (!index || numberOf(item) === index));
  if (found) return found;
  throw new ExitError(
    1,
    `service ${JSON.stringify(service)} is not running${index ? ` container #${index}` : ''}`,
  );
}
