import { invalid } from '../../lib/errors.ts';
import type { FrontendAttributes } from '../frontend/attributes.ts';
import { flag } from '../export/options.ts';

/** What a client wants to be stated about the result of its build (BuildKit, "attestation parameters"). */
export interface AttestationRequests {
  readonly provenance?: ProvenanceRequest;
  readonly sbom?: SbomRequest;
}

export interface ProvenanceRequest {
  readonly mode: 'min' | 'max';
  /** Of the predicate (SLSA). */
  readonly version: 'v1' | 'v0.2';
  /** Only where the result is an index anyway. */
  readonly inlineOnly: boolean;
  /** The client's word that the same gives the same. */
  readonly reproducible: boolean;
  readonly builderId: string;
}

export interface SbomRequest {
  /** The image that scans the result; undefined = the engine does. */
  readonly generator: string | undefined;
  /** What it is told, as `NAME=value`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Throws `invalid` for what nobody can state. */
export function attestationRequests(attributes: FrontendAttributes): AttestationRequests {
  const asked = new Map<string, FrontendAttributes>();
  for (const [name, value] of Object.entries(attributes)) {
    const [, type] = /^(?:attest:|build-arg:BUILDKIT_ATTEST_)(.+)$/i.exec(name) ?? [];
    if (type !== undefined) asked.set(type.toLowerCase(), parameters(value));
  }
  for (const type of asked.keys())
    if (type !== 'provenance' && type !== 'sbom')
      throw invalid(`unknown attestation type ${JSON.stringify(type)}`);
  const provenance = asked.get('provenance');
  const sbom = asked.get('sbom');
  return {
    ...(provenance && isWanted(provenance) && { provenance: provenanceRequest(provenance) }),
    ...(sbom && isWanted(sbom) && { sbom: sbomRequest(sbom) }),
  };
}

const isWanted = (given: FrontendAttributes): boolean => !flag(given, 'disabled');

/** `name=value,…` as a line of CSV. */
function parameters(text: string): FrontendAttributes {
  const fields = text.match(/"(?:[^"]|"")*"|[^,]+/g) ?? [];
  return Object.fromEntries(
    fields.map((field) => {
      const plain = field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
      const equals = plain.indexOf('=');
      return equals < 0 ? [plain, ''] : [plain.slice(0, equals), plain.slice(equals + 1)];
    }),
  );
}

function provenanceRequest(given: FrontendAttributes): ProvenanceRequest {
  const { mode = 'max', version = 'v1' } = given;
  if (mode !== 'min' && mode !== 'max' && mode !== 'full')
    throw invalid(`invalid mode ${JSON.stringify(mode)} of provenance (min, max)`);
  if (version !== 'v1' && version !== 'v0.2') throw invalid(`invalid provenance SLSA version: ${version}`);
  return {
    mode: mode === 'min' ? 'min' : 'max',
    version,
    inlineOnly: flag(given, 'inline-only') ?? false,
    reproducible: flag(given, 'reproducible') ?? false,
    builderId: given['builder-id'] ?? '',
  };
}

function sbomRequest({
  generator,
  type: _type,
  disabled: _disabled,
  ...parameters
}: FrontendAttributes): SbomRequest {
  return { generator: generator || undefined, parameters };
}
