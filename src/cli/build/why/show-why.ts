import type { Context } from '../../context.ts';
import { printBy } from '../../format/inspect.ts';
import { causesOf } from './costs.ts';
import { whyText } from './why-text.ts';

/** Says of a build (default: the newest) why its steps ran. */
export async function showWhy(
  context: Context,
  name: string | undefined,
  format: string | undefined,
): Promise<void> {
  const build = await context.client.builds.get(name ?? 'latest');
  if (format === undefined) return void context.out.write(whyText(build));
  const value = { ...build, causes: causesOf(build) };
  context.out.write(format === 'json' ? `${JSON.stringify(value)}\n` : printBy(format, value));
}
