import { problemAt } from '../load/compose-error.ts';
import { at, type Tree } from '../load/tree.ts';
import { boolAt, bytesAt, defined, numberAt, textAt, textDictAt } from './read.ts';
import type { FileReference, ServicePort, ServiceVolume } from './types.ts';

/** Reads one of `ports` in its long form. */
export function readPort(tree: Tree): ServicePort {
  return defined<ServicePort>({
    target: numberAt(tree, 'target') ?? 0,
    published: textAt(tree, 'published'),
    hostIp: textAt(tree, 'host_ip'),
    protocol: textAt(tree, 'protocol') ?? 'tcp',
    name: textAt(tree, 'name'),
    mode: textAt(tree, 'mode'),
    appProtocol: textAt(tree, 'app_protocol'),
  });
}

/** Reads one of `volumes` in its long form. */
export function readVolume(tree: Tree): ServiceVolume {
  const target = textAt(tree, 'target');
  if (target === undefined) throw problemAt(tree.place, "a volume needs a 'target'");
  const bind = at(tree, 'bind');
  return defined<ServiceVolume>({
    type: textAt(tree, 'type') ?? 'volume',
    source: textAt(tree, 'source'),
    target,
    readOnly: boolAt(tree, 'read_only') ?? false,
    createHostPath: boolAt(bind, 'create_host_path') ?? true,
    propagation: textAt(bind, 'propagation'),
    recursive: textAt(bind, 'recursive') as ServiceVolume['recursive'],
    selinux: textAt(bind, 'selinux') as ServiceVolume['selinux'],
    consistency: textAt(tree, 'consistency'),
    noCopy: boolAt(at(tree, 'volume'), 'nocopy') ?? false,
    volumeLabels: textDictAt(at(tree, 'volume'), 'labels'),
    subpath: textAt(at(tree, 'volume'), 'subpath') ?? textAt(at(tree, 'image'), 'subpath'),
    tmpfsSize: bytesAt(at(tree, 'tmpfs'), 'size'),
    tmpfsMode: modeAt(at(tree, 'tmpfs'), 'mode'),
    place: tree.place,
  });
}

/** Reads one of `configs` or `secrets` of a service. */
export function readFileReference(tree: Tree): FileReference {
  return defined<FileReference>({
    source: textAt(tree, 'source') ?? '',
    target: textAt(tree, 'target'),
    uid: textAt(tree, 'uid'),
    gid: textAt(tree, 'gid'),
    mode: modeAt(tree, 'mode'),
    place: tree.place,
  });
}

/** A file mode: octal where it is text or begins with 0 (which YAML 1.2 reads as decimal), else the number that it is. */
function modeAt(tree: Tree | undefined, key: string): number | undefined {
  const mode = at(tree, key);
  if (mode?.kind !== 'scalar' || mode.value === null) return undefined;
  const text = mode.quoted ? String(mode.value) : mode.source;
  return mode.quoted || text.startsWith('0') ? Number.parseInt(text.replace(/^0o/, ''), 8) : Number(text);
}

/** A device as `source:target:permissions`. */
export function deviceText(item: Tree): string {
  if (item.kind === 'scalar') return String(item.value);
  const source = textAt(item, 'source') ?? '';
  return `${source}:${textAt(item, 'target') ?? source}:${textAt(item, 'permissions') ?? 'rwm'}`;
}
