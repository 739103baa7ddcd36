import type { Statement } from '../../image/distribution/types.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { hexOf } from '../../oci/digest.ts';
import type { OutputName } from '../export/options.ts';
import { epochOf } from '../export/options.ts';
import type { Output } from '../export/output.ts';
import type { ResultPart } from '../result.ts';
import { hashFiles } from './hash-files.ts';
import { packageUrl } from './package-url.ts';
import { provenanceOf } from './provenance.ts';
import { type AttestationRequests, attestationRequests } from './requests.ts';
import type { SbomDocument } from './sbom/read-documents.ts';
import { sbomOf } from './sbom/sbom.ts';

/** What a statement is about (in-toto). */
interface Subject {
  readonly name: string;
  readonly digest: Readonly<Record<string, string>>;
}

interface Predicate {
  /** Name of its file. */
  readonly file: string;
  readonly type: string;
  readonly content: object;
}

interface About {
  readonly part: ResultPart;
  readonly manifest: Descriptor;
  readonly names: readonly OutputName[];
  readonly inlineToo: boolean;
}

/** Makes the statements about a result that its client asked for. */
export class Attestor {
  private readonly output: Output;
  private readonly requests: AttestationRequests;
  private readonly sboms = new Map<ResultPart, Promise<SbomDocument[]>>();

  constructor(output: Output) {
    this.output = output;
    this.requests = attestationRequests(output.result.parts[0]?.account.attributes ?? {});
  }

  /** Whether anything is stated; `inlineToo`: also what is only for results that are an index anyway. */
  states(inlineToo: boolean): boolean {
    const { provenance, sbom } = this.requests;
    return sbom !== undefined || (provenance !== undefined && (inlineToo || !provenance.inlineOnly));
  }

  /** The statements about an image, as they are filed beside its manifest. */
  async state({ part, manifest, names, inlineToo }: About): Promise<Statement[]> {
    const digest = { sha256: hexOf(manifest.digest) };
    const subjects = names.map(({ reference }) => ({ name: packageUrl(reference, part.platform), digest }));
    const predicates = await this.predicates(part, inlineToo);
    return predicates.map(({ type, content }) => ({
      predicateType: type,
      content: Buffer.from(JSON.stringify(statement(type, subjects, content))),
    }));
  }

  /** The statements about files, as documents beside them. */
  async files(
    part: ResultPart,
    root: string,
    { prefix, suffix }: { readonly prefix: string; readonly suffix: string | undefined },
  ): Promise<{ name: string; content: Buffer }[]> {
    if (!this.states(false)) return [];
    const hashed = await hashFiles(root, this.output.signal);
    const subjects = hashed.map(({ path, sha256 }) => ({ name: path, digest: { sha256 } }));
    const predicates = await this.predicates(part, false);
    return predicates.map(({ file, type, content }) => ({
      name: prefix + (suffix === undefined ? file : file.replace(/(\.[^.]*)$/, `.${suffix}$1`)),
      content: Buffer.from(JSON.stringify(statement(type, subjects, content), null, 2)),
    }));
  }

  private async predicates(part: ResultPart, inlineToo: boolean): Promise<Predicate[]> {
    const { provenance, sbom } = this.requests;
    const found: Predicate[] = [];
    if (sbom) {
      const known = this.sboms.get(part) ?? sbomOf(this.output, part, sbom, this.epoch(part));
      this.sboms.set(part, known);
      found.push(...(await known));
    }
    if (provenance && (inlineToo || !provenance.inlineOnly))
      found.push({
        file: 'provenance.json',
        type: `https://slsa.dev/provenance/${provenance.version}`,
        content: provenanceOf(this.output, part, provenance),
      });
    return found;
  }

  private epoch(part: ResultPart): number | undefined {
    return epochOf(this.output.exporter.Attrs, part.account.attributes);
  }
}

const statement = (predicateType: string, subject: readonly Subject[], predicate: object): object => ({
  _type: 'https://in-toto.io/Statement/v0.1',
  predicateType,
  subject,
  predicate,
});
