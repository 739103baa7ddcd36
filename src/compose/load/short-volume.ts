import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { problemAt } from './compose-error.ts';
import { mapTree, type Place, scalarTree, type Tree } from './tree.ts';

/** The long form of `[SOURCE:]TARGET[:MODE]`. A source with a slash, `.` or `~` in front is a path on the host. */
export function expandVolume(spec: string, place: Place, baseDir: string): Tree {
  const parts = spec.split(':');
  const [first = '', second, mode = '', ...rest] = parts;
  if (spec === '' || rest.length > 0 || first === '')
    throw problemAt(
      place,
      `invalid volume specification ${JSON.stringify(spec)}: want [SOURCE:]TARGET[:MODE]`,
    );
  if (second === undefined || (parts.length === 2 && isMode(second) && !second.startsWith('/'))) {
    return volumeTree(place, { type: 'volume', target: first }, second ?? '');
  }
  if (!second.startsWith('/'))
    throw problemAt(
      place,
      `invalid volume specification ${JSON.stringify(spec)}: ${JSON.stringify(second)} is no absolute path in the container`,
    );
  if (/^[./~]/.test(first))
    return volumeTree(place, { type: 'bind', source: hostPath(first, baseDir), target: second }, mode, true);
  return volumeTree(place, { type: 'volume', source: first, target: second }, mode);
}

export const hostPath = (path: string, baseDir: string): string =>
  path.startsWith('~') ? resolve(homedir(), path.slice(1).replace(/^\//, '')) : resolve(baseDir, path);

const isMode = (text: string): boolean =>
  /^(ro|rw|z|Z|nocopy|cached|delegated|consistent|r?private|r?shared|r?slave)(,|$)/.test(text);

function volumeTree(
  place: Place,
  fields: Record<string, string>,
  mode: string,
  createHostPath = false,
): Tree {
  const entry = (value: Tree) => ({ keyPlace: place, value });
  const modes = mode.split(',').filter((word) => word !== '');
  const propagation = modes.find((word) => /^r?(private|shared|slave)$/.test(word));
  return mapTree(place, [
    ...Object.entries(fields).map(([key, value]) => [key, entry(scalarTree(value, place))] as const),
    ...(modes.includes('ro') ? [['read_only', entry(scalarTree(true, place))] as const] : []),
    ...(modes.includes('nocopy')
      ? [['volume', entry(mapTree(place, [['nocopy', entry(scalarTree(true, place))]]))] as const]
      : []),
    ...(createHostPath
      ? [
          [
            'bind',
            entry(
              mapTree(place, [
                ['create_host_path', entry(scalarTree(true, place))],
                ...(propagation === undefined
                  ? []
                  : [['propagation', entry(scalarTree(propagation, place))] as const]),
              ]),
            ),
          ] as const,
        ]
      : []),
  ]);
}
