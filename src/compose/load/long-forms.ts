import { isIP } from 'node:net';
import { problemAt } from './compose-error.ts';
import type { Locate } from './paths.ts';
import { expandPort } from './short-port.ts';
import { expandVolume } from './short-volume.ts';
import { asList, changeAt, mapOf, textOf, withDefault } from './tree-forms.ts';
import { at, mapTree, scalarTree, type Tree, withEntry } from './tree.ts';

/*
 * The long forms of what is written in one line. A value that has neither form is left as it is: validation has told of it.
 */

/** `path`, or a mapping with `path`. */
export function longEnvFile(item: Tree, locate: Locate): Tree {
  const long = item.kind === 'scalar' ? mapTree(item.place, [['path', entryOf(item)]]) : item;
  return withDefault(
    changeAt(long, 'path', (path) => scalarTree(locate(textOf(path)), path.place)),
    'required',
    true,
  );
}

/** A mapping of hosts as the list `host=ip`. */
export function hostsOf(value: Tree): Tree {
  if (value.kind !== 'map') return value;
  const items = [...value.entries].flatMap(([name, entry]) =>
    asList(entry.value).items.map((item) => scalarTree(`${name}=${textOf(item)}`, item.place)),
  );
  return { kind: 'list', place: value.place, items };
}

/** `8080-8081:80-81` as one mapping for each port. One with a variable in it that has no value yet is not changed. */
export function longPorts(item: Tree): Tree[] {
  if (textOf(item).includes('${')) return [item];
  const ports = item.kind === 'scalar' ? expandPort(textOf(item), item.place) : [item];
  for (const port of ports) checkAddress(port);
  return ports.map((port) => withDefault(withDefault(port, 'mode', 'ingress'), 'protocol', 'tcp'));
}

function checkAddress(port: Tree): void {
  const address = at(port, 'host_ip');
  if (address && isIP(textOf(address)) === 0 && textOf(address) !== '')
    throw problemAt(address.place, `invalid ip address: ${textOf(address)}`);
}

/** The name of a config or secret as a mapping. */
export const longFile = (item: Tree): Tree =>
  item.kind === 'scalar' ? mapTree(item.place, [['source', entryOf(item)]]) : item;

/** As `longFile`; a secret is among the others unless it says where. */
export function longSecret(item: Tree): Tree {
  const long = longFile(item);
  return withDefault(long, 'target', `/run/secrets/${textOf(at(long, 'source'))}`);
}

/** `source:target:options` as a mapping. */
export function longVolume(item: Tree, locate: Locate): Tree {
  const long = item.kind === 'scalar' ? expandVolume(textOf(item), item.place) : item;
  if (textOf(at(long, 'type')) !== 'bind') return long;
  const source = at(long, 'source');
  if (source?.kind !== 'scalar') throw problemAt(item.place, "a bind mount needs a 'source'");
  return changeAt(long, 'source', () => scalarTree(locate(textOf(source)), source.place));
}

/** `source:target:permissions` as a mapping. */
export function longDevice(item: Tree): Tree {
  if (item.kind !== 'scalar') return item;
  const parts = textOf(item).split(':');
  if (parts.length > 3)
    throw problemAt(item.place, `confusing device mapping, please use long syntax: ${textOf(item)}`);
  const [source = '', target = '', permissions = 'rwm'] = parts;
  return mapOf(item.place, { source, target: target === '' ? source : target, permissions });
}

/** `all`, or a list of requests: those that name neither devices nor a number want all. */
export function longGpus(value: Tree): Tree {
  const list: Tree =
    value.kind === 'scalar' ? { kind: 'list', place: value.place, items: [mapOf(value.place, {})] } : value;
  return list.kind === 'list' ? { ...list, items: list.items.map(longDeviceRequest) } : list;
}

export const longDeviceRequest = (item: Tree): Tree =>
  at(item, 'device_ids') ? item : withDefault(item, 'count', 'all');

/** Keys of ssh: `default`, or `id=path`, as a mapping from ids to paths. */
export function sshOf(value: Tree, locate: Locate): Tree {
  const items = value.kind === 'map' ? undefined : asList(value).items;
  const keys: [string, Tree][] = items
    ? items.map((item) => {
        const [id = '', path] = textOf(item).split(/=(.*)/s);
        if (path === undefined && id !== 'default')
          throw problemAt(item.place, `invalid ssh key ${JSON.stringify(id)}: want default, or ID=PATH`);
        return [id, scalarTree(path ?? null, item.place)];
      })
    : [...(value.kind === 'map' ? value.entries : [])].map(([id, entry]) => [id, entry.value]);
  return mapTree(
    value.place,
    keys.map(([id, path]) => [
      id,
      entryOf(textOf(path) === '' ? path : scalarTree(locate(textOf(path)), path.place)),
    ]),
  );
}

/** A folder, or a URL or the name of something that is none. */
export const locateContext = (value: Tree, locate: Locate): Tree => {
  const path = textOf(value);
  const isRemote =
    path.includes('://') || /^(service:|github\.com\/|git@)/.test(path) || value.kind !== 'scalar';
  return isRemote ? value : scalarTree(locate(path), value.place);
};

const entryOf = (value: Tree): { keyPlace: Tree['place']; value: Tree } => ({ keyPlace: value.place, value });

/** A scalar as text. */
export const textForm = (value: Tree): Tree =>
  value.kind === 'scalar' && value.value !== null ? scalarTree(String(value.value), value.place) : value;

/** The name of a dependency alone: it waits for the start. */
export const startedDependency = (place: Tree['place']): Tree =>
  withDefault(mapTree(place, []), 'condition', 'service_started');

/** The old form `external: {name: x}` as the two keys that it is now. */
export function longExternal(value: Tree, warn: (message: string) => void, path: string): Tree {
  const external = at(value, 'external');
  if (value.kind !== 'map' || external?.kind !== 'map') return value;
  const named = at(external, 'name');
  const flag = withEntry(value, 'external', scalarTree(true, external.place));
  if (!named) return flag;
  warn(`${path}: external.name is deprecated. Please set name and external: true`);
  const name = at(value, 'name');
  if (name && textOf(name) !== textOf(named))
    throw problemAt(named.place, `${path}: name and external.name conflict; only use name`);
  return withEntry(flag, 'name', named);
}
