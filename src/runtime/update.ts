import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeContext } from './context.ts';
import { findContainer } from './monitored-container.ts';
import { runRuntime } from './run-runtime.ts';
import { makeResources } from './spec/resources.ts';
import type { Resources } from './types.ts';

/** In the bundle, while limits are changed. */
export const updateFile = 'resources.json';

/** Changes the limits of a running container; what is absent stays. The runtime knows the order that the kernel wants. */
export async function updateContainer(
  context: RuntimeContext,
  id: string,
  resources: Resources,
): Promise<void> {
  const { bundle } = findContainer(context, id);
  // Not by standard input: crun opens it by its path, which a socket, such as Node makes for it, does not allow.
  const file = join(bundle, updateFile);
  try {
    writeFileSync(file, JSON.stringify(makeResources(resources, context.host)), { mode: 0o600 });
    await runRuntime(context, bundle, ['update', '--resources', file, id]);
  } finally {
    rmSync(file, { force: true });
  }
}
