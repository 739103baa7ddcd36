import { allOf } from '../../compose/meanwhile.ts';
import { containersOf, nameOf, observe } from '../../compose/plan/observe.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import type { ComposeContext } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

/** One thing that is done to containers. */
interface Work {
  /** Which of the containers it is for; all without. */
  readonly applies?: (container: ContainerSummary) => boolean;
  /** What is shown after it: `Paused`. */
  readonly done: string;
  run(container: ContainerSummary): Promise<void>;
}

/** Does one thing to the containers of these services (of all when none), all at once. */
export async function forEachContainer(
  context: ComposeContext,
  services: readonly string[],
  { applies = () => true, done, run }: Work,
): Promise<void> {
  const { name } = await context.find(services);
  const containers = containersOf(await observe(context.client, name), services).filter(applies);
  const report = progressPrinter(context);
  await allOf(
    containers.map(async (container) => {
      await run(container);
      report({ kind: 'Container', name: nameOf(container), status: done, state: 'done' });
    }),
  );
}
