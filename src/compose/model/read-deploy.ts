import { at, type Tree } from '../load/tree.ts';
import type {
  Deploy,
  DeployRestartPolicy,
  DeviceRequest,
  ResourceLimits,
  ResourceReservations,
  UpdateConfig,
} from './deploy-types.ts';
import { bytesAt, defined, durationAt, itemsAt, numberAt, textAt, textDictAt, textsAt } from './read.ts';

/** Reads `deploy`. */
export function readDeploy(tree: Tree | undefined): Deploy | undefined {
  if (tree?.kind !== 'map') return undefined;
  const limits = at(tree, 'resources', 'limits');
  const placement = at(tree, 'placement');
  return defined<Deploy>({
    mode: textAt(tree, 'mode'),
    replicas: numberAt(tree, 'replicas'),
    endpointMode: textAt(tree, 'endpoint_mode'),
    labels: textDictAt(tree, 'labels'),
    limits: defined<ResourceLimits>({
      cpus: numberAt(limits, 'cpus'),
      memory: bytesAt(limits, 'memory'),
      pids: numberAt(limits, 'pids'),
    }),
    reservations: readReservations(at(tree, 'resources', 'reservations')),
    updateConfig: readUpdateConfig(at(tree, 'update_config')),
    rollbackConfig: readUpdateConfig(at(tree, 'rollback_config')),
    restartPolicy: readRestartPolicy(at(tree, 'restart_policy')),
    placement: defined<Deploy['placement']>({
      constraints: textsAt(placement, 'constraints'),
      preferences: itemsAt(placement, 'preferences').map((item) =>
        defined<{ spread?: string }>({ spread: textAt(item, 'spread') }),
      ),
      maxReplicasPerNode: numberAt(placement, 'max_replicas_per_node'),
    }),
  });
}

const readReservations = (tree: Tree | undefined): ResourceReservations =>
  defined<ResourceReservations>({
    cpus: numberAt(tree, 'cpus'),
    memory: bytesAt(tree, 'memory'),
    devices: itemsAt(tree, 'devices').map(readDeviceRequest),
    genericResources: itemsAt(tree, 'generic_resources').map((item) => {
      const spec = at(item, 'discrete_resource_spec');
      return { kind: textAt(spec, 'kind') ?? '', value: numberAt(spec, 'value') ?? 0 };
    }),
  });

/** Reads one of `gpus` or of the devices that are reserved. `all` is as many as there are. */
export function readDeviceRequest(tree: Tree): DeviceRequest {
  const count = textAt(tree, 'count');
  return defined<DeviceRequest>({
    driver: textAt(tree, 'driver'),
    count: count === undefined ? undefined : count === 'all' ? -1 : Number(count),
    deviceIds: textsAt(tree, 'device_ids'),
    capabilities: textsAt(tree, 'capabilities'),
    options: textDictAt(tree, 'options'),
  });
}

const readUpdateConfig = (tree: Tree | undefined): UpdateConfig | undefined =>
  tree &&
  defined<UpdateConfig>({
    parallelism: numberAt(tree, 'parallelism'),
    delay: durationAt(tree, 'delay'),
    failureAction: textAt(tree, 'failure_action'),
    monitor: durationAt(tree, 'monitor'),
    maxFailureRatio: numberAt(tree, 'max_failure_ratio'),
    order: textAt(tree, 'order') as UpdateConfig['order'],
  });

const readRestartPolicy = (tree: Tree | undefined): DeployRestartPolicy | undefined =>
  tree &&
  defined<DeployRestartPolicy>({
    condition: textAt(tree, 'condition'),
    delay: durationAt(tree, 'delay'),
    maxAttempts: numberAt(tree, 'max_attempts'),
    window: durationAt(tree, 'window'),
  });

/** `deploy.restart_policy` in the words of `restart`. */
export function deployRestart(policy: DeployRestartPolicy | undefined): string | undefined {
  if (!policy) return undefined;
  switch (policy.condition ?? 'any') {
    case 'none':
      return 'no';
    case 'on-failure':
      return policy.maxAttempts === undefined ? 'on-failure' : `on-failure:${policy.maxAttempts}`;
    default:
      return 'always';
  }
}
