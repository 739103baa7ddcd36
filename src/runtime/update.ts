import type { RuntimeContext } from './context.ts';
import { findContainer } from './monitored-container.ts';
import { runRuntime } from './run-runtime.ts';
import { makeResources } from './spec/resources.ts';
import type { Resources } from './types.ts';

/** Changes the limits of a running container; what is absent stays. The runtime knows the order that the kernel wants. */
export async function updateContainer(
  context: RuntimeContext,
  id: string,
  resources: Resources,
): Promise<void> {
  const container = findContainer(context, id);
  const spec = JSON.stringify(makeResources(resources, context.host));
  await runRuntime(context, container.bundle, ['update', '--resources', '-', id], spec);
}
