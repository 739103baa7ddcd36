import type { LoadStep } from '../../compose/load/load-options.ts';
import type { ComposeContext } from './globals.ts';

export async function explainConfig(
  context: ComposeContext,
  flags: { readonly format?: string | undefined; readonly explain?: string | undefined },
  named: readonly string[],
  skip: ReadonlySet<LoadStep>,
): Promise<void> {
  context.load(named, skip);
}
