import type { Mapping, Value } from '../../lib/go-document.ts';
import type { Project } from '../model/types.ts';

/** What manifests are written with: members that are undefined, and empty lists and mappings, are left out. */
export type Plain =
  | string
  | number
  | boolean
  | undefined
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** An object of Kubernetes, and the file that it goes into. */
export interface Manifest {
  readonly file: string;
  readonly body: { readonly [key: string]: Plain };
}

/** A name that Kubernetes takes (RFC 1123): small letters, digits and `-`, at most 63 of them. */
export const kubeName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '') || 'x';

export const label = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  network: (name: string): string => `com.docker.compose.network.${kubeName(name)}`,
} as const;

/** The start of every object: its kind, its name and whose it is. */
export const manifest = (
  project: Project,
  [apiVersion, kind]: readonly [apiVersion: string, kind: string],
  name: string,
  rest: Readonly<Record<string, Plain>>,
  more: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  } = {},
): Manifest['body'] => ({
  apiVersion,
  kind,
  metadata: {
    name: kubeName(name),
    namespace: kubeName(project.name),
    labels: { [label.project]: project.name, ...more.labels },
    annotations: { ...more.annotations },
  },
  ...rest,
});

/** For the YAML printer. */
export const toDocument = (body: Manifest['body']): Mapping => (toValue(body) ?? new Map()) as Mapping;

function toValue(plain: Plain): Value | undefined {
  if (typeof plain !== 'object') return plain;
  if (Array.isArray(plain)) {
    const items = (plain as readonly Plain[]).map(toValue).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  const entries = Object.entries(plain)
    .map(([key, value]) => [key, keepsEmpty(key, value) ? new Map() : toValue(value)] as const)
    .filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return entries.length > 0 ? new Map(entries) : undefined;
}

/** A mapping that means something without members. */
const keepsEmpty = (key: string, value: Plain): boolean =>
  key === 'emptyDir' && typeof value === 'object' && Object.keys(value).length === 0;
