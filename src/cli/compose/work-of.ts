import type { Project } from '../../compose/model/types.ts';
import type { Report } from '../../compose/progress.ts';
import { AT_ONCE, type Work } from '../../compose/work.ts';
import { Semaphore } from '../../lib/semaphore.ts';
import type { ComposeContext } from './globals.ts';
import { parallelOf } from './parallel.ts';

/** What the steps of Compose share, as the command line has it. */
export const workOf = (context: ComposeContext, project: Project, report: Report): Work => ({
  client: context.client,
  project,
  report,
  slots: new Semaphore(parallelOf(context) ?? AT_ONCE),
  signal: context.signal,
  dryRun: context.globals['dry-run'] ?? false,
});
