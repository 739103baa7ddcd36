import { isAbsolute, resolve } from 'node:path';
import { parseBytes } from '../../lib/bytes.ts';
import { invalid } from '../../lib/errors.ts';
import type { Mount } from '../../wire/container.ts';

/** Splits `-v` values in binds (with a source) and anonymous volumes; a relative source starts with `.` and is made absolute. */
export function parseVolumes(
  specs: readonly string[],
  cwd: string,
): { binds: string[]; volumes: Record<string, object> } {
  const binds: string[] = [];
  const volumes: Record<string, object> = {};
  for (const spec of specs) {
    const [source = '', target, ...rest] = spec.split(':');
    if (spec === '' || rest.length > 1) throw invalid(`invalid volume specification: '${spec}'`);
    if (target === undefined) volumes[source] = {};
    else
      binds.push([/^\.{1,2}(\/|$)/.test(source) ? resolve(cwd, source) : source, target, ...rest].join(':'));
  }
  return { binds, volumes };
}

/** `--tmpfs /path:options` as the API takes it. */
export function parseTmpfs(specs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    specs.map((spec) => {
      const colon = spec.indexOf(':');
      return colon < 0 ? [spec, ''] : [spec.slice(0, colon), spec.slice(colon + 1)];
    }),
  );
}

/** Parses `--mount type=bind,src=/x,dst=/y,readonly`. */
export function parseMount(spec: string, cwd: string): Mount {
  const mount: Mount = { Type: 'volume' };
  for (const part of splitCsv(spec)) {
    const equals = part.indexOf('=');
    setOption(
      mount,
      (equals < 0 ? part : part.slice(0, equals)).toLowerCase(),
      equals < 0 ? undefined : part.slice(equals + 1),
      spec,
    );
  }
  if (mount.Type === 'bind' && mount.Source !== undefined && !isAbsolute(mount.Source))
    mount.Source = resolve(cwd, mount.Source);
  if (!mount.Target) throw invalid(`target is required in --mount ${spec}`);
  return mount;
}

function setOption(mount: Mount, name: string, value: string | undefined, spec: string): void {
  const flag = (): boolean => {
    if (value === undefined || /^(1|true)$/i.test(value)) return true;
    if (/^(0|false)$/i.test(value)) return false;
    throw invalid(`invalid value for ${name}: ${value}`);
  };
  const need = (): string => {
    if (value === undefined)
      throw invalid(`invalid field '${name}' must be a key=value pair in --mount ${spec}`);
    return value;
  };
  switch (name) {
    case 'type':
      mount.Type = need().toLowerCase();
      return;
    case 'src':
    case 'source':
      mount.Source = need();
      return;
    case 'dst':
    case 'destination':
    case 'target':
      mount.Target = need();
      return;
    case 'ro':
    case 'readonly':
      mount.ReadOnly = flag();
      return;
    case 'consistency':
      mount.Consistency = need();
      return;
    case 'bind-propagation':
      (mount.BindOptions ??= {}).Propagation = need();
      return;
    case 'bind-create-src':
      (mount.BindOptions ??= {}).CreateMountpoint = flag();
      return;
    case 'bind-nonrecursive':
      (mount.BindOptions ??= {}).NonRecursive = flag();
      return;
    case 'bind-recursive':
      (mount.BindOptions ??= {}).NonRecursive = need() === 'disabled';
      return;
    case 'volume-nocopy':
      (mount.VolumeOptions ??= {}).NoCopy = flag();
      return;
    case 'volume-subpath':
      (mount.VolumeOptions ??= {}).Subpath = need();
      return;
    case 'volume-label':
      Object.assign(((mount.VolumeOptions ??= {}).Labels ??= {}), keyValue(need()));
      return;
    case 'volume-driver':
      ((mount.VolumeOptions ??= {}).DriverConfig ??= {}).Name = need();
      return;
    case 'volume-opt':
      Object.assign((((mount.VolumeOptions ??= {}).DriverConfig ??= {}).Options ??= {}), keyValue(need()));
      return;
    case 'tmpfs-size':
      (mount.TmpfsOptions ??= {}).SizeBytes = parseBytes(need());
      return;
    case 'tmpfs-mode':
      (mount.TmpfsOptions ??= {}).Mode = Number.parseInt(need(), 8);
      return;
    default:
      throw invalid(`unexpected key '${name}' in '${spec}'`);
  }
}

function keyValue(text: string): Record<string, string> {
  const equals = text.indexOf('=');
  return equals < 0 ? { [text]: '' } : { [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** One line of comma-separated values; a quoted field may hold commas. */
function splitCsv(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}
