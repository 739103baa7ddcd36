import type { Environment } from '../load/interpolate.ts';
import { at, type MapTree, type Tree } from '../load/tree.ts';
import type { Hook, StartHook, WatchAction, WatchRule } from './lifecycle-types.ts';
import { readValues } from './read-environment.ts';
import { boolAt, commandAt, defined, itemsAt, textAt, textsAt } from './read.ts';

/** Reads `post_start` or `pre_stop`; variables without a value take that of `outer`. */
export const readHooks = (service: MapTree, key: string, outer: Environment): Hook[] =>
  itemsAt(service, key).map((item) => readHook(item, outer));

/** Reads `pre_start`. */
export const readStartHooks = (service: MapTree, outer: Environment): StartHook[] =>
  itemsAt(service, 'pre_start').map((item) =>
    defined<StartHook>({
      ...readHook(item, outer),
      image: textAt(item, 'image'),
      perReplica: boolAt(item, 'per_replica') ?? false,
    }),
  );

const readHook = (tree: Tree, outer: Environment): Hook =>
  defined<Hook>({
    command: commandAt(tree, 'command') ?? [],
    user: textAt(tree, 'user'),
    privileged: boolAt(tree, 'privileged') ?? false,
    workingDir: textAt(tree, 'working_dir'),
    environment: readValues(tree, outer),
    place: tree.place,
  });

/** Reads `develop.watch`. */
export const readWatch = (service: MapTree, outer: Environment): WatchRule[] =>
  itemsAt(at(service, 'develop'), 'watch').map((item) => {
    const exec = at(item, 'exec');
    return defined<WatchRule>({
      path: textAt(item, 'path') ?? '',
      action: (textAt(item, 'action') ?? '') as WatchAction,
      target: textAt(item, 'target'),
      exec: exec && readHook(exec, outer),
      include: textsAt(item, 'include'),
      ignore: textsAt(item, 'ignore'),
      initialSync: boolAt(item, 'initial_sync') ?? boolAt(item, 'x-initialSync') ?? false,
      byOldName: at(item, 'x-initialSync') !== undefined,
      place: item.place,
    });
  });
