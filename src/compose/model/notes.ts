import { basename } from 'node:path';
import { existsSync } from '../../lib/fs.ts';
import type { Note } from '../load/compose-error.ts';
import { at, type Place, type Tree } from '../load/tree.ts';
import { exposedPorts } from './exposed-ports.ts';
import { environmentNotes } from './environment-notes.ts';
import { portNotes } from './port-notes.ts';
import type { Project, Service } from './types.ts';

/** What will go wrong, or not as it is meant, though the files are in order. */
export const notesOn = (project: Project): Note[] => [
  ...portNotes(project),
  ...[...project.services.values()].flatMap((service) => serviceNotes(project, service)),
  ...fileNotes(project),
  ...environmentNotes(project),
];

function serviceNotes(project: Project, service: Service): Note[] {
  const tree = at(project.tree, 'services', service.name);
  const note = (message: string, ...path: readonly string[]): Note => ({
    place: at(tree, ...path)?.place ?? service.place,
    message: `service ${JSON.stringify(service.name)} ${message}`,
  });
  const { containerName, networkMode, restart, links, ports, build } = service;
  return [
    ...(containerName !== undefined && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(containerName)
      ? [
          note(
            `can not be created: engines refuse the container name ${JSON.stringify(containerName)}`,
            'container_name',
          ),
        ]
      : []),
    ...(restart !== undefined && !/^(no|always|unless-stopped|on-failure(:\d+)?)$/.test(restart)
      ? [note(`can not be created: engines know no restart policy ${JSON.stringify(restart)}`, 'restart')]
      : []),
    ...(networkMode === 'host' && ports.length > 0
      ? [
          note(
            'uses the network of the host: its ports are not published, they are open as they are',
            'ports',
          ),
        ]
      : []),
    ...(networkMode !== undefined && links.length > 0
      ? [note(`can not be created: links need a network, and network_mode is ${networkMode}`, 'links')]
      : []),
    ...(build && build.context.startsWith('/') && !existsSync(build.context)
      ? [note(`is built from ${build.context}, which does not exist`, 'build', 'context')]
      : []),
    ...volumeNotes(project, service),
    ...exposeNotes(at(tree, 'expose'), note),
    ...modeNotes(tree),
  ];
}

/** What Compose takes for a path of Windows though a volume was meant. */
const driveHint = (target: string): string =>
  /^[a-zA-Z]:\//.test(target)
    ? ' (a volume of one letter is read as a drive: give it a longer name, or use the long form)'
    : '';

function volumeNotes({ workingDir }: Project, service: Service): Note[] {
  return service.volumes.flatMap(({ type, source, target, createHostPath, readOnly, place }) => {
    const tell = (message: string): Note[] => [{ place, message }];
    if (!target.startsWith('/') && type !== 'npipe')
      return tell(
        `service ${JSON.stringify(service.name)} can not be created: ${target} is no absolute path${driveHint(target)}`,
      );
    if (type === 'bind' && readOnly && basename(source ?? '') === 'docker.sock')
      return tell(
        `service ${JSON.stringify(service.name)} gets full control of the engine by ${source}: that it is read-only does not limit what can be asked for`,
      );
    const isMissing =
      type === 'bind' && source !== undefined && source.startsWith(`${workingDir}/`) && !existsSync(source);
    return isMissing && createHostPath && looksLikeFile(source, target)
      ? tell(`${source} does not exist: an empty directory will be made there. Create the file first`)
      : [];
  });
}

/** A name with an ending, on either side; directories are fine to be made. */
const looksLikeFile = (source: string, target: string): boolean =>
  [source, target].every((path) => /[^.]\.[a-z][a-z0-9]{0,6}$/i.test(basename(path)) && !path.endsWith('.d'));

function exposeNotes(expose: Tree | undefined, note: (message: string, ...path: string[]) => Note): Note[] {
  return itemsOf(expose).flatMap((item) => {
    const text = item.kind === 'scalar' ? String(item.value) : '';
    if (exposedPorts(text)) return [];
    const { message } = note(`exposes nothing by ${JSON.stringify(text)}, which is no port: leave it out`);
    return [{ place: item.place, message }];
  });
}

/** `mode: 440` is decimal, `mode: 0440` is what is meant. */
function modeNotes(tree: Tree | undefined): Note[] {
  const items = ['configs', 'secrets'].flatMap((key) =>
    itemsOf(at(tree, key)).map((item) => at(item, 'mode')),
  );
  const mounts = itemsOf(at(tree, 'volumes')).map((item) => at(item, 'tmpfs', 'mode'));
  return [...items, ...mounts].flatMap((mode) => {
    if (mode?.kind !== 'scalar' || mode.quoted || !/^[1-7][0-7]{2,3}$/.test(mode.source)) return [];
    const octal = Number(mode.value).toString(8);
    return [
      {
        place: mode.place,
        message: `mode ${mode.source} is decimal, which is 0${octal}: write 0${mode.source}`,
      },
    ];
  });
}

const itemsOf = (tree: Tree | undefined): readonly Tree[] => (tree?.kind === 'list' ? tree.items : []);

/** Files of configs and secrets that a service is to get. */
function fileNotes(project: Project): Note[] {
  const kinds = [
    ['config', project.configs, [...project.services.values()].flatMap(({ configs }) => configs)],
    ['secret', project.secrets, [...project.services.values()].flatMap(({ secrets }) => secrets)],
  ] as const;
  return kinds.flatMap(([kind, files, used]) =>
    [...files.values()].flatMap(({ key, file, place }): Note[] => {
      if (file === undefined || existsSync(file) || !used.some(({ source }) => source === key)) return [];
      const at: Place = filePlace(project, `${kind}s`, key) ?? place;
      return [{ place: at, message: `${kind} ${key}: ${file} does not exist` }];
    }),
  );
}

const filePlace = ({ tree }: Project, section: string, key: string): Place | undefined =>
  at(tree, section, key, 'file')?.place;
