import { allOf } from '../../compose/meanwhile.ts';
import { containersOf, isOneOff, nameOf, observe, serviceOf } from '../../compose/plan/observe.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { copyIn } from '../container/copy-in.ts';
import { copyOut } from '../container/copy-out.ts';
import { parseSide } from '../container/copy-target.ts';
import { ExitError } from '../exit-code.ts';
import { bool, int } from '../flags.ts';
import { type ComposeContext, defineComposeCommand } from './globals.ts';
import { tellStep } from './step-line.ts';
import { projectNameOf, serviceContainer } from './target.ts';

export const command = defineComposeCommand({
  summary: 'Copy files/folders between a service container and the local filesystem',
  usage: '[OPTIONS] SERVICE:SRC_PATH DEST_PATH|-\n\tlade compose cp [OPTIONS] SRC_PATH|- SERVICE:DEST_PATH',
  flags: {
    all: bool('Include containers created by the run command'),
    archive: bool('Archive mode (copy all uid/gid information)', 'a'),
    'follow-link': bool('Always follow symbol link in SRC_PATH', 'L'),
    index: int('Index of the container if service has multiple replicas'),
  },
  args: { min: 2, max: 2, withUsage: true },
  async run(context, flags, [from = '', to = '']) {
    if (from === '') throw new ExitError(1, 'source can not be empty');
    if (to === '') throw new ExitError(1, 'destination can not be empty');
    const source = parseSide(from);
    const target = parseSide(to);
    const follow = flags['follow-link'] ?? false;
    if ('container' in source && 'container' in target)
      throw new ExitError(1, 'copying between services is not supported');
    if ('container' in source) {
      const [container] = await targets(context, source.container, flags);
      if (container)
        await told(context, container, `:${source.path} to ${to}`, '', () =>
          copyOut(context, { ...source, container: container.Id }, target, follow),
        );
    } else if ('container' in target) {
      const containers = await targets(context, target.container, flags);
      const options = { owners: flags.archive ?? false, follow };
      await allOf(
        containers.map((container) =>
          told(context, container, `:${target.path}`, `${from} to `, () =>
            copyIn(context, source, { ...target, container: container.Id }, options),
          ),
        ),
      );
    } else throw new ExitError(1, 'unknown copy direction');
  },
});

/** Containers of a service, whether they run or not: the one with a number, else all. */
async function targets(
  context: ComposeContext,
  service: string,
  { index, all }: { readonly index: number | undefined; readonly all: boolean | undefined },
): Promise<readonly ContainerSummary[]> {
  const project = projectNameOf(context);
  if (index) return [await serviceContainer(context, project, service, { index, stopped: true })];
  const observed = await observe(context.client, project);
  const oneOffs = observed.oneOffs.filter((item) => all && isOneOff(item) && serviceOf(item) === service);
  const found = [...containersOf(observed, [service]), ...oneOffs];
  if (found.length === 0) throw new ExitError(1, `no container found for service ${JSON.stringify(service)}`);
  return found;
}

async function told(
  context: ComposeContext,
  container: ContainerSummary,
  after: string,
  before: string,
  copy: () => Promise<void>,
): Promise<void> {
  const name = nameOf(container);
  tellStep(context, name, 'copy', `${before}${name}${after} Copying`);
  if (!context.globals['dry-run']) await copy();
  tellStep(context, name, 'copy', `${before}${name}${after} Copied`);
}
