import type { Distribution, FoundPackage, PackageReader } from './types.ts';

const MEBIBYTE = 1 << 20;

/** Debian's: one file of all packages, or one file each in images without dpkg. */
const dpkg: PackageReader = {
  reads: (path) =>
    path === 'var/lib/dpkg/status' ||
    (/^var\/lib\/dpkg\/status\.d\/[^/]+$/.test(path) && !path.endsWith('.md5sums')),
  limit: 64 * MEBIBYTE,
  packages: (text, { path, distribution }) =>
    stanzas(text, /\n\s*\n/).flatMap((lines) => {
      const field = fieldsOf(lines, ': ');
      const { Package: name, Version: version, Status: status = 'install ok installed' } = field;
      if (!name || !version || !status.endsWith(' installed')) return [];
      const qualifiers = { arch: field['Architecture'], distro: distroOf(distribution) };
      const purl = purlOf('deb', `${distribution.id || 'debian'}/`, name, version, qualifiers);
      const supplier = field['Maintainer'];
      return [{ name, version, purl, from: path, ...(supplier && { supplier }) }];
    }),
};

/** Alpine's. */
const apk: PackageReader = {
  reads: (path) => path === 'lib/apk/db/installed' || path === 'usr/lib/apk/db/installed',
  limit: 64 * MEBIBYTE,
  packages: (text, { path, distribution }) =>
    stanzas(text, /\n\n/).flatMap((lines) => {
      const { P: name, V: version, A: arch, L: license, m: supplier } = fieldsOf(lines, ':');
      if (!name || !version) return [];
      const purl = purlOf('apk', `${distribution.id || 'alpine'}/`, name, version, {
        arch,
        distro: distroOf(distribution),
      });
      return [
        { name, version, purl, from: path, ...(license && { license }), ...(supplier && { supplier }) },
      ];
    }),
};

const npm: PackageReader = {
  reads: (path) => /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path),
  limit: MEBIBYTE,
  packages(text, { path }) {
    const { name, version, license } = parseObject(text);
    if (typeof name !== 'string' || typeof version !== 'string' || name === '') return [];
    const [scope, own] = name.startsWith('@') ? name.split('/') : ['', name];
    const purl = purlOf('npm', scope ? `${encodeURIComponent(scope)}/` : '', own ?? name, version, {});
    return [{ name, version, purl, from: path, ...(typeof license === 'string' && { license }) }];
  },
};

/** What pip, and whoever follows the same specification, installs. */
const pip: PackageReader = {
  reads: (path) => path.endsWith('.dist-info/METADATA') || /\.egg-info(?:\/PKG-INFO)?$/.test(path),
  limit: MEBIBYTE,
  packages(text, { path }) {
    const {
      Name: name,
      Version: version,
      License: license,
    } = fieldsOf(text.split(/\n\s*\n/, 1)[0] ?? '', ': ');
    if (!name || !version) return [];
    const purl = purlOf('pypi', '', name.toLowerCase().replaceAll('_', '-'), version, {});
    return [{ name, version, purl, from: path, ...(license && !license.includes('\n') && { license }) }];
  },
};

export const readers: readonly PackageReader[] = [dpkg, apk, npm, pip];

const stanzas = (text: string, between: RegExp): string[] =>
  text.split(between).filter((part) => part.trim() !== '');

/** The first line of each field. */
function fieldsOf(lines: string, separator: string): Record<string, string | undefined> {
  const fields: Record<string, string | undefined> = Object.create(null) as Record<
    string,
    string | undefined
  >;
  for (const line of lines.split('\n')) {
    const at = line.indexOf(separator);
    if (at > 0 && !/^\s/.test(line)) fields[line.slice(0, at)] ??= line.slice(at + separator.length).trim();
  }
  return fields;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // somebody's broken file is no package
  }
}

const distroOf = ({ id, version }: Distribution): string | undefined =>
  id === '' ? undefined : version === '' ? id : `${id}-${version}`;

function purlOf(
  type: string,
  namespace: string,
  name: string,
  version: string,
  qualifiers: Readonly<Record<string, string | undefined>>,
): FoundPackage['purl'] {
  const given = Object.entries(qualifiers).flatMap(([key, value]) =>
    value ? [`${key}=${encodeURIComponent(value)}`] : [],
  );
  const tail = given.length > 0 ? `?${given.join('&')}` : '';
  return `pkg:${type}/${namespace}${encodeURIComponent(name)}@${encodeURIComponent(version)}${tail}`;
}
