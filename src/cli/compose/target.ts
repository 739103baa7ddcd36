import type { Client } from '../../client/client.ts';
import { isUp, observe } from '../../compose/plan/observe.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { ExitError } from '../exit-code.ts';

/** The running container of a service that a command is meant for: number `index`, or the first. */
export async function runningContainer(
  client: Client,
  project: string,
  service: string,
  index = 1,
): Promise<ContainerSummary> {
  const { byService } = await observe(client, project);
  const containers = (byService.get(service) ?? []).filter(isUp);
  const found = containers[index - 1];
  if (!found)
    throw new ExitError(
      1,
      index === 1
        ? `service ${JSON.stringify(service)} is not running`
        : `service ${JSON.stringify(service)} has no container number ${index}`,
    );
  return found;
}
