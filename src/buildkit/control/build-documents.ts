import { notFound } from '../../lib/errors.ts';
import type { GrpcHandler } from '../../lib/grpc/server.ts';
import { digestOf } from '../../oci/digest.ts';
import { provenanceOf } from '../attest/provenance.ts';
import { streaming, unary } from '../methods.ts';
import type { BuildResult, ResultPart } from '../result.ts';

/** Builds whose documents are kept. */
const KEPT = 50;
const PIECE = 512 << 10;

interface Document {
  readonly platform: string;
  readonly digest: string;
  readonly content: Buffer;
}

/** What a client is told of the documents about one build (BuildKit, `BuildResultInfo`). */
interface ResultInfo {
  readonly Attestations: readonly {
    readonly media_type: string;
    readonly digest: string;
    readonly size: number;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** The part of a record in the history that names documents. */
export interface DocumentInfos {
  readonly Result?: ResultInfo;
  readonly Results?: Readonly<Record<string, ResultInfo>>;
}

/** Provenance of the builds that ended lately: clients fetch it for what they write about a build (`--metadata-file`). */
export class BuildDocuments {
  private readonly builds = new Map<
    string,
    { readonly documents: readonly Document[]; readonly isMap: boolean }
  >();

  keep(ref: string, { parts, isMap }: BuildResult): void {
    this.builds.set(ref, { documents: parts.map((part) => describe(ref, part)), isMap });
    const [oldest] = this.builds.keys();
    if (this.builds.size > KEPT && oldest !== undefined) this.builds.delete(oldest);
  }

  of(ref: string): DocumentInfos {
    const build = this.builds.get(ref);
    if (!build) return {};
    const infos = build.documents.map((document) => [document.platform, infoOf(document)] as const);
    return build.isMap ? { Results: Object.fromEntries(infos) } : infos[0] ? { Result: infos[0][1] } : {};
  }

  /** How a build was built, by platform. */
  provenanceOf(ref: string): Record<string, object> {
    const { documents = [] } = this.builds.get(ref) ?? {};
    return Object.fromEntries(
      documents.map(({ platform, content }) => [platform, JSON.parse(content.toString()) as object]),
    );
  }

  /** The service by which clients read them, and what `other` has by its digest (containerd, content). */
  methods(other: (digest: string) => Buffer | undefined): [string, GrpcHandler][] {
    const service = 'containerd.services.content.v1';
    const read = (digest: string): Buffer => {
      const content = other(digest) ?? this.read(digest);
      if (!content) throw notFound(`content ${digest}: not found`);
      return content;
    };
    const methods: Record<string, GrpcHandler> = {
      Info: unary<{ digest: string }, { info: { digest: string; size: number } }>(
        `${service}.InfoRequest`,
        `${service}.InfoResponse`,
        ({ digest }) => ({ info: { digest, size: read(digest).length } }),
      ),
      Read: streaming<{ digest: string; offset: number; size: number }, { offset: number; data: Uint8Array }>(
        `${service}.ReadContentRequest`,
        `${service}.ReadContentResponse`,
        ({ digest, offset, size }) => piecesOf(read(digest), offset, size),
      ),
    };
    return Object.entries(methods).map(([name, handler]) => [`/${service}.Content/${name}`, handler]);
  }

  private read(digest: string): Buffer | undefined {
    for (const { documents } of this.builds.values()) {
      const found = documents.find((document) => document.digest === digest);
      if (found) return found.content;
    }
    return undefined;
  }
}

function describe(ref: string, part: ResultPart): Document {
  const request = {
    mode: 'max',
    version: 'v0.2',
    inlineOnly: false,
    reproducible: false,
    builderId: '',
  } as const;
  const content = Buffer.from(JSON.stringify(provenanceOf({ ref }, part, request), null, 2));
  return { platform: part.id, digest: digestOf(content), content };
}

const infoOf = ({ digest, content }: Document): ResultInfo => ({
  Attestations: [
    {
      media_type: 'application/vnd.in-toto+json',
      digest,
      size: content.length,
      annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' },
    },
  ],
});

async function* piecesOf(
  content: Buffer,
  offset: number,
  size: number,
): AsyncGenerator<{ offset: number; data: Uint8Array }> {
  const end = size > 0 ? Math.min(content.length, offset + size) : content.length;
  for (let at = Math.max(0, offset); at < end; at += PIECE)
    yield { offset: at, data: content.subarray(at, Math.min(end, at + PIECE)) };
}
