import { createHash } from 'node:crypto';
import type { FoundPackage } from './types.ts';

export interface DocumentAbout {
  readonly name: string;
  readonly created: Date;
  /** Who scanned. */
  readonly tool: string;
}

const ROOT = 'SPDXRef-DocumentRoot';

/** Packages as an SPDX document (https://spdx.github.io/spdx-spec/v2.3). The same packages give the same document. */
export function spdxDocument(
  packages: readonly FoundPackage[],
  { name, created, tool }: DocumentAbout,
): object {
  const listed = packages.map((each) => ({ ...describe(each), SPDXID: idOf(each) }));
  const digest = hash(JSON.stringify([name, listed]));
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `urn:lading:spdx:${digest}`,
    creationInfo: {
      created: created.toISOString().replace(/\.\d+Z$/, 'Z'),
      creators: [`Tool: ${tool}`],
    },
    packages: [
      {
        name,
        SPDXID: ROOT,
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        primaryPackagePurpose: 'CONTAINER',
      },
      ...listed,
    ],
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', ROOT),
      ...listed.map(({ SPDXID }) => relationship(ROOT, 'CONTAINS', SPDXID)),
    ],
  };
}

function describe({ name, version, purl, license, supplier, from }: FoundPackage): object {
  return {
    name,
    versionInfo: version,
    supplier: supplier === undefined ? 'NOASSERTION' : `Person: ${supplier.replace(/\s*<(.*)>$/, ' ($1)')}`,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    sourceInfo: `acquired package info from /${from}`,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared:
      license !== undefined && /^[\w.+() -]+$/.test(license) && isExpression(license)
        ? license
        : 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  };
}

/** Licenses by their SPDX names, joined by operators. */
const isExpression = (text: string): boolean => !/\b(?!AND|OR|WITH)[A-Za-z]+ (?!AND|OR|WITH)/.test(text);

const idOf = ({ name, purl }: FoundPackage): string =>
  `SPDXRef-Package-${name.replaceAll(/[^A-Za-z0-9.-]/g, '-')}-${hash(purl).slice(0, 16)}`;

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const relationship = (
  spdxElementId: string,
  relationshipType: string,
  relatedSpdxElement: string,
): object => ({
  spdxElementId,
  relationshipType,
  relatedSpdxElement,
});
