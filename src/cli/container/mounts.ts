import { isAbsolute, resolve } from 'node:path';
import { parseBytes } from '../../lib/bytes.ts';
import { invalid } from '../../lib/errors.ts';
import type { Mount } from '../../wire/container.ts';
import { splitCsv } from '../../lib/csv.ts';
import { keyValues } from '../key-values.ts';

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
  for (const field of splitCsv(spec)) setOption(mount, field);
  if (mount.Type === 'bind' && mount.Source !== undefined && !isAbsolute(mount.Source))
    mount.Source = resolve(cwd, mount.Source);
  if (!mount.Target) throw invalid('target is required');
  return mount;
}

const SWITCHES = new Set(['ro', 'readonly', 'bind-nonrecursive', 'bind-create-src', 'volume-nocopy']);

function setOption(mount: Mount, field: string): void {
  const [, key = '', value] = /^([^=]*)(?:=([\s\S]*))?$/.exec(field) ?? [];
  const name = key.toLowerCase();
  if (value === undefined && !SWITCHES.has(name))
    throw invalid(`invalid field '${field}' must be a key=value pair`);
  if (SWITCHES.has(name)) setSwitch(mount, name, isOn(name, value));
  else if (!setValue(mount, name, value ?? '')) throw invalid(`unexpected key '${name}' in '${field}'`);
}

function isOn(name: string, value: string | undefined): boolean {
  if (value === undefined || /^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw invalid(`invalid value for ${name}: ${value}`);
}

function setSwitch(mount: Mount, name: string, on: boolean): void {
  if (name === 'volume-nocopy') (mount.VolumeOptions ??= {}).NoCopy = on;
  else if (name === 'bind-nonrecursive') (mount.BindOptions ??= {}).NonRecursive = on;
  else if (name === 'bind-create-src') (mount.BindOptions ??= {}).CreateMountpoint = on;
  else mount.ReadOnly = on;
}

/** Sets what a `key=value` says; false for an unknown key. */
function setValue(mount: Mount, name: string, value: string): boolean {
  switch (name) {
    case 'type':
      mount.Type = value.toLowerCase();
      return true;
    case 'src':
    case 'source':
      mount.Source = value;
      return true;
    case 'dst':
    case 'destination':
    case 'target':
      mount.Target = value;
      return true;
    case 'consistency':
      mount.Consistency = value;
      return true;
    case 'bind-propagation':
      (mount.BindOptions ??= {}).Propagation = value;
      return true;
    case 'bind-recursive':
      setRecursive((mount.BindOptions ??= {}), value);
      return true;
    case 'volume-subpath':
      (mount.VolumeOptions ??= {}).Subpath = value;
      return true;
    case 'volume-label':
      Object.assign(((mount.VolumeOptions ??= {}).Labels ??= {}), keyValues([value]));
      return true;
    case 'volume-driver':
      ((mount.VolumeOptions ??= {}).DriverConfig ??= {}).Name = value;
      return true;
    case 'volume-opt':
      Object.assign((((mount.VolumeOptions ??= {}).DriverConfig ??= {}).Options ??= {}), keyValues([value]));
      return true;
    case 'image-subpath':
      (mount.ImageOptions ??= {}).Subpath = value;
      return true;
    case 'tmpfs-size':
      (mount.TmpfsOptions ??= {}).SizeBytes = sizeOf(name, value);
      return true;
    case 'tmpfs-mode':
      (mount.TmpfsOptions ??= {}).Mode = modeOf(name, value);
      return true;
    default:
      return false;
  }
}

function setRecursive(options: NonNullable<Mount['BindOptions']>, value: string): void {
  if (value === 'disabled') options.NonRecursive = true;
  else if (value === 'writable') options.ReadOnlyNonRecursive = true;
  else if (value === 'readonly') options.ReadOnlyForceRecursive = true;
  else if (value !== 'enabled')
    throw invalid(
      `invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`,
    );
}

function sizeOf(name: string, value: string): number {
  try {
    return parseBytes(value);
  } catch (error) {
    throw invalid(`invalid value for ${name}: ${value}`, error);
  }
}

function modeOf(name: string, value: string): number {
  if (!/^[0-7]+$/.test(value)) throw invalid(`invalid value for ${name}: ${value}`);
  return Number.parseInt(value, 8);
}
