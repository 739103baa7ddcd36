import {
  bool,
  bytes,
  command,
  deviceCount,
  dict,
  dictWithNulls,
  duration,
  type Field,
  float,
  hosts,
  integer,
  keptDuration,
  keptInteger,
  type Kind,
  listOf,
  mapOf,
  mode,
  partStruct,
  scalarText,
  struct,
  text,
  texts,
  multiDict,
  healthTest,
} from './document-values.ts';
import { at, entriesOf } from '../load/tree.ts';

/*
 * The parts of a service as `config` prints them: keys in the order in which Compose writes them.
 */

const fileReference = struct([
  ['source', text],
  ['target', text],
  ['uid', text],
  ['gid', text],
  ['mode', mode],
]);

export const fileReferences = listOf(fileReference);

/** One number, or both limits. */
const ulimit: Kind = (tree, style) => {
  const both = tree?.kind === 'scalar' ? integer(tree, style) : undefined;
  if (both !== undefined) return both;
  const limits = ['soft', 'hard'].map((key) => [key, integer(at(tree, key), style)] as const);
  return new Map(
    limits.flatMap(([key, value]) =>
      style === 'json' && value === undefined ? [] : [[key, value ?? 0] as const],
    ),
  );
};

export const ulimits = mapOf(ulimit);

const ssh: Kind = (tree) => {
  const keys = entriesOf(tree).map(([id, { value }]) => {
    const path = scalarText(value);
    return path === undefined ? id : `${id}: ${path}`;
  });
  return keys.length > 0 ? keys : undefined;
};

export const build = struct([
  ['context', text],
  ['dockerfile', text],
  ['dockerfile_inline', text],
  ['entitlements', texts],
  ['args', dictWithNulls],
  ['provenance', text],
  ['sbom', text],
  ['ssh', ssh],
  ['labels', dict],
  ['cache_from', texts],
  ['cache_to', texts],
  ['no_cache', bool],
  ['additional_contexts', dict],
  ['pull', bool],
  ['extra_hosts', hosts],
  ['isolation', text],
  ['network', text],
  ['target', text],
  ['secrets', fileReferences],
  ['shm_size', bytes],
  ['tags', texts],
  ['ulimits', ulimits],
  ['platforms', texts],
  ['privileged', bool],
]);

const hookFields: readonly Field[] = [
  ['command', command],
  ['user', text],
  ['privileged', bool],
  ['working_dir', text],
  ['environment', dictWithNulls],
];

export const hooks = listOf(struct(hookFields));

const always: Kind = (tree) => scalarText(tree) ?? '';

export const develop = struct([
  [
    'watch',
    listOf(
      struct([
        ['path', always],
        ['action', always],
        ['target', text],
        ['exec', partStruct(hookFields)],
        ['include', texts],
        ['ignore', texts],
        ['initial_sync', bool],
      ]),
    ),
  ],
]);

const weights = listOf(
  struct([
    ['path', always, 'Path'],
    ['weight', (tree, style) => integer(tree, style) ?? 0, 'Weight'],
  ]),
);
const rates = listOf(
  struct([
    ['path', always, 'Path'],
    ['rate', (tree, style) => bytes(tree, style) ?? '0', 'Rate'],
  ]),
);

export const blkio = struct([
  ['weight', integer],
  ['weight_device', weights],
  ['device_read_bps', rates],
  ['device_read_iops', rates],
  ['device_write_bps', rates],
  ['device_write_iops', rates],
]);

const deviceRequest = struct([
  ['capabilities', texts],
  ['driver', text],
  ['count', deviceCount],
  ['device_ids', texts],
  ['options', dict],
]);

export const deviceRequests = listOf(deviceRequest);

const updateConfig = struct([
  ['parallelism', keptInteger],
  ['delay', duration],
  ['failure_action', text],
  ['monitor', duration],
  ['max_failure_ratio', float],
  ['order', text],
]);

const resource = struct([
  ['cpus', float],
  ['memory', bytes],
  ['pids', integer],
  ['devices', deviceRequests],
  [
    'generic_resources',
    listOf(
      struct([
        [
          'discrete_resource_spec',
          struct([
            ['kind', always],
            ['value', (tree, style) => integer(tree, style) ?? 0],
          ]),
        ],
      ]),
    ),
  ],
]);

/** `deploy`; what decides about the containers' number is left out for `replicas` = false. */
export const deploy = (replicas: boolean): Kind =>
  struct([
    ['mode', text],
    ...(replicas ? [['replicas', keptInteger] as const] : []),
    ['labels', dict],
    ['update_config', updateConfig],
    ['rollback_config', updateConfig],
    [
      'resources',
      partStruct([
        ['limits', resource],
        ['reservations', resource],
      ]),
    ],
    [
      'restart_policy',
      struct([
        ['condition', text],
        ['delay', keptDuration],
        ['max_attempts', keptInteger],
        ['window', keptDuration],
      ]),
    ],
    [
      'placement',
      partStruct([
        ['constraints', texts],
        ['preferences', listOf(struct([['spread', text]]))],
        ['max_replicas_per_node', integer],
      ]),
    ],
    ['endpoint_mode', text],
  ]);

export const healthcheck = struct([
  ['test', healthTest],
  ['timeout', keptDuration],
  ['interval', keptDuration],
  ['retries', keptInteger],
  ['start_period', keptDuration],
  ['start_interval', keptDuration],
  ['disable', bool],
]);

export const logging = struct([
  ['driver', text],
  ['options', dict],
]);

export const provider = struct([
  ['type', text],
  ['options', multiDict],
]);

export const credentialSpec = struct([
  ['config', text],
  ['file', text],
  ['registry', text],
]);
