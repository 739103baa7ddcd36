import { isTruthy } from '../../compose/is-truthy.ts';
import type { Project } from '../../compose/model/types.ts';
import type { UpOptions } from '../../compose/up.ts';
import { ExitError } from '../exit-code.ts';
import { given } from '../flags.ts';
import type { ComposeContext } from './globals.ts';
import { parallelOf } from './parallel.ts';
import type { CreateFlags, UpFlags } from './up-flags.ts';

/** What the flags of `create`, and those of `up` beside them, ask for. */
export async function upOptions(
  context: ComposeContext,
  project: Project,
  flags: Partial<CreateFlags & UpFlags>,
): Promise<UpOptions> {
  const removeOrphans = flags['remove-orphans'] ?? isTruthy(project.environment['COMPOSE_REMOVE_ORPHANS']);
  const ignoreOrphans = isTruthy(project.environment['COMPOSE_IGNORE_ORPHANS']);
  if (ignoreOrphans && removeOrphans)
    throw new ExitError(1, 'cannot combine COMPOSE_IGNORE_ORPHANS and --remove-orphans');
  const isBuilding = !flags['quiet-build'] && [...project.services.values()].some(({ build }) => build);
  return {
    removeOrphans,
    ignoreOrphans,
    signal: context.signal,
    build: flags.build ?? false,
    noBuild: flags['no-build'] ?? false,
    noDeps: flags['no-deps'] ?? false,
    forceRecreate: flags['force-recreate'] ?? false,
    noRecreate: flags['no-recreate'] ?? false,
    alwaysRecreateDeps: flags['always-recreate-deps'] ?? false,
    renewAnonVolumes: flags['renew-anon-volumes'] ?? false,
    wait: flags.wait ?? false,
    pull: checkPull(flags.pull),
    scale: parseScale(project, flags.scale ?? []),
    allResources: context.globals['all-resources'] ?? false,
    dryRun: context.globals['dry-run'] ?? false,
    confirm: flags.yes ? () => Promise.resolve(true) : (question) => confirm(context, question),
    ...given('waitTimeout', flags['wait-timeout']),
    ...given('timeout', flags.timeout),
    ...given('parallel', parallelOf(context)),
    authFor: async (image) => (await import('../registry-auth.ts')).authFor(context, image),
    allAuth: async () => (await import('../registry-auth.ts')).allAuth(context),
    ...(isBuilding && { onBuildLine: (await import('./build-lines.ts')).buildLinePrinter(context) }),
  };
}

async function confirm(context: ComposeContext, question: string): Promise<boolean> {
  const { agrees } = await import('../prompt.ts');
  return agrees(context, `? ${question}`);
}

export function checkPull(policy: string | undefined): string | undefined {
  if (policy === undefined || ['always', 'never', 'build', 'missing', 'if_not_present'].includes(policy))
    return policy;
  throw new ExitError(1, `invalid --pull option ${JSON.stringify(policy)}`);
}

function parseScale(project: Project, specs: readonly string[]): Map<string, number> {
  return new Map(
    specs.map((spec) => {
      const match = /^([^=]+)=(\d+)$/.exec(spec);
      if (!match)
        throw new ExitError(1, `invalid --scale option ${JSON.stringify(spec)}. Should be SERVICE=NUM`);
      const [, name = '', count] = match;
      if (!project.services.has(name)) throw new ExitError(1, `no such service: ${name}: not found`);
      return [name, Number(count)];
    }),
  );
}
