import { at, type MapTree, mapTree, type Place, type Scalar, type Tree, withEntry } from '../load/tree.ts';
import { scalarText } from './document-values.ts';
import { fill, implied } from './fill.ts';

/** What links, shared namespaces and `volumes_from` imply. */
export function withDependencies(service: MapTree): MapTree {
  const added = [...impliedDependencies(service)];
  if (added.length === 0) return service;
  const given = at(service, 'depends_on');
  const start = given?.kind === 'map' ? given : mapTree(added[0]?.place ?? service.place, []);
  return withEntry(
    service,
    'depends_on',
    added.reduce((map, { name, restart, place }) => {
      const entry = (value: Scalar) => ({ keyPlace: place, value: implied(value, place) });
      return fill(
        map,
        name,
        mapTree(place, [
          ['condition', entry('service_started')],
          ['restart', entry(restart)],
          ['required', entry(true)],
        ]),
      );
    }, start),
    given?.place,
  );
}

function* impliedDependencies(service: MapTree): Generator<{ name: string; restart: boolean; place: Place }> {
  for (const link of listAt(service, 'links')) {
    const parts = (scalarText(link) ?? '').split(':');
    yield { name: parts.length === 2 ? (parts[0] ?? '') : parts.join(':'), restart: true, place: link.place };
  }
  for (const key of ['network_mode', 'ipc', 'pid', 'uts', 'cgroup']) {
    const value = at(service, key);
    const mode = scalarText(value);
    if (value && mode?.startsWith('service:'))
      yield { name: mode.slice('service:'.length), restart: true, place: value.place };
  }
  for (const source of listAt(service, 'volumes_from')) {
    const name = scalarText(source) ?? '';
    if (!name.startsWith('container:'))
      yield { name: name.split(':')[0] ?? '', restart: false, place: source.place };
  }
}

function listAt(tree: Tree, key: string): readonly Tree[] {
  const list = at(tree, key);
  return list?.kind === 'list' ? list.items : [];
}
