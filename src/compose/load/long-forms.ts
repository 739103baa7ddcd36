import { problemAt } from './compose-error.ts';
import { expandPort } from './short-port.ts';
import { expandVolume, hostPath } from './short-volume.ts';
import { asList, dictOf } from './tree-forms.ts';
import { at, mapTree, scalarTree, type Tree, withEntry } from './tree.ts';
import { resolve } from 'node:path';

/** `path`, or a mapping with `path`: always the mapping, its path absolute. */
export function longEnvFile(item: Tree, baseDir: string): Tree {
  const path = item.kind === 'map' ? at(item, 'path') : item;
  if (path?.kind !== 'scalar') return item;
  const absolute = scalarTree(hostPath(String(path.value), baseDir), path.place);
  return item.kind === 'map'
    ? withEntry(item, 'path', absolute)
    : mapTree(item.place, [['path', { keyPlace: item.place, value: absolute }]]);
}

/** A mapping of hosts as the list `host=ip`. */
export function hostsOf(value: Tree): Tree {
  if (value.kind !== 'map') return value;
  const items = [...value.entries].flatMap(([name, entry]) =>
    asList(entry.value).items.map((item) =>
      scalarTree(`${name}=${item.kind === 'scalar' ? item.value : ''}`, item.place),
    ),
  );
  return { kind: 'list', place: value.place, items };
}

/** `8080-8081:80-81` as one mapping for each port. */
export function longPorts(item: Tree): Tree[] {
  if (item.kind !== 'scalar') return [item];
  // YAML 1.1 reads 22:22 as a number in base 60; the source text is what the author meant
  return expandPort(item.quoted ? String(item.value) : item.source, item.place);
}

/** The name of a config or secret as a mapping. */
export function longFile(item: Tree): Tree {
  return item.kind === 'scalar'
    ? mapTree(item.place, [['source', { keyPlace: item.place, value: item }]])
    : item;
}

/** `source:target:options` as a mapping; sources of binds become absolute. */
export function longVolume(item: Tree, baseDir: string): Tree {
  if (item.kind === 'scalar') return expandVolume(String(item.value), item.place, baseDir);
  const type = at(item, 'type');
  const source = at(item, 'source');
  if (item.kind !== 'map' || type?.kind !== 'scalar' || type.value !== 'bind') return item;
  if (source?.kind !== 'scalar') throw problemAt(item.place, "a bind mount needs a 'source'");
  return withEntry(item, 'source', scalarTree(hostPath(String(source.value), baseDir), source.place));
}

/** One number is both limits. */
export function longUlimit(item: Tree): Tree {
  if (item.kind !== 'scalar') return item;
  const entry = { keyPlace: item.place, value: item };
  return mapTree(item.place, [
    ['soft', entry],
    ['hard', entry],
  ]);
}

/** The folder alone as a mapping; the context becomes absolute unless it is a URL. */
export function canonicalBuild(value: Tree, baseDir: string): Tree {
  const build =
    value.kind === 'scalar' ? mapTree(value.place, [['context', { keyPlace: value.place, value }]]) : value;
  if (build.kind !== 'map') return build;
  const context = at(build, 'context');
  const path = context?.kind === 'scalar' ? String(context.value) : '.';
  const absolute = /^[a-z+]+:\/\/|^git@/.test(path) ? path : resolve(baseDir, hostPath(path, baseDir));
  const args = at(build, 'args');
  const labels = at(build, 'labels');
  const extraHosts = at(build, 'extra_hosts');
  let result = withEntry(build, 'context', scalarTree(absolute, context?.place ?? build.place));
  if (args) result = withEntry(result, 'args', dictOf(args));
  if (labels) result = withEntry(result, 'labels', dictOf(labels));
  if (extraHosts) result = withEntry(result, 'extra_hosts', hostsOf(extraHosts));
  return result;
}
