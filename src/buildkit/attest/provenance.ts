import { hexOf } from '../../oci/digest.ts';
import { formatPlatform, hostPlatform } from '../../oci/platform.ts';
import { parseReference } from '../../oci/reference.ts';
import type { BaseImage } from '../../build/types.ts';
import type { FrontendAttributes } from '../frontend/attributes.ts';
import type { Output } from '../export/output.ts';
import type { ResultPart } from '../result.ts';
import { packageUrl } from './package-url.ts';
import type { ProvenanceRequest } from './requests.ts';

/** How an image was built, as members of both versions of the predicate. */
interface Facts {
  readonly materials: readonly { readonly uri: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly configSource: {
    readonly path?: string;
    readonly uri?: string;
    readonly digest?: Readonly<Record<string, string>>;
  };
  /** Nothing came from the client itself, whose files are known by name only. */
  readonly isSourced: boolean;
  readonly request: object;
  readonly isWhole: boolean;
  readonly metadata: object;
  readonly invocation: string;
  readonly startedOn: string;
  readonly finishedOn: string;
}

/** SLSA provenance of an image (https://slsa.dev/spec/v1.1/provenance), its members as BuildKit fills them in. */
export function provenanceOf(
  { ref }: Pick<Output, 'ref'>,
  part: ResultPart,
  request: ProvenanceRequest,
): object {
  const { account } = part;
  const isMax = request.mode === 'max';
  const facts: Facts = {
    materials: materialsOf(part),
    configSource: sourceOf(account),
    request: requestOf(part, isMax),
    isSourced: Object.keys(account.source?.digest ?? {}).length > 0 && localsOf(account).length === 0,
    isWhole: isMax || !Object.keys(account.attributes).some(isPrivate),
    metadata: { ...vcsOf(account.attributes), ...(isMax && { source: sourceInfo(part) }) },
    invocation: ref,
    startedOn: account.startedAt.toISOString(),
    finishedOn: account.finishedAt.toISOString(),
  };
  return request.version === 'v1' ? version1(facts, request) : version02(facts, request);
}

function version1(facts: Facts, { builderId, reproducible }: ProvenanceRequest): object {
  return {
    buildDefinition: {
      buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
      externalParameters: { configSource: facts.configSource, request: facts.request },
      internalParameters: { builderPlatform: formatPlatform(hostPlatform()) },
      ...(facts.materials.length > 0 && { resolvedDependencies: facts.materials }),
    },
    runDetails: {
      builder: { id: builderId },
      metadata: {
        invocationId: facts.invocation,
        startedOn: facts.startedOn,
        finishedOn: facts.finishedOn,
        buildkit_metadata: facts.metadata,
        buildkit_completeness: { request: facts.isWhole, resolvedDependencies: facts.isSourced },
        ...(reproducible && { buildkit_reproducible: true }),
      },
    },
  };
}

function version02(facts: Facts, { builderId, reproducible }: ProvenanceRequest): object {
  const { path: entryPoint, ...source } = facts.configSource;
  return {
    builder: { id: builderId },
    buildType: 'https://mobyproject.org/buildkit@v1',
    ...(facts.materials.length > 0 && { materials: facts.materials }),
    invocation: {
      configSource: { ...source, ...(entryPoint !== undefined && { entryPoint }) },
      parameters: facts.request,
      environment: { platform: formatPlatform(hostPlatform()) },
    },
    metadata: {
      buildInvocationID: facts.invocation,
      buildStartedOn: facts.startedOn,
      buildFinishedOn: facts.finishedOn,
      completeness: { parameters: facts.isWhole, environment: true, materials: facts.isSourced },
      reproducible,
      'https://mobyproject.org/buildkit@v1#metadata': facts.metadata,
    },
  };
}

function materialsOf({ image, account }: ResultPart): Facts['materials'] {
  const fetched = [...(account.source ? [account.source] : []), ...image.fetched];
  const urls = fetched.map(({ uri, digest }) => ({ uri: withoutCredentials(uri), digest }));
  return [...image.bases.map((base) => material(base, account.attributes)), ...urls];
}

function material(base: BaseImage, attributes: FrontendAttributes): Facts['materials'][number] {
  return { uri: uriOf(base, attributes), digest: { sha256: hexOf(base.digest) } };
}

/** An image without a name in a registry is known by that of the context which brought it, else by its id. */
function uriOf({ name, platform, digest }: BaseImage, attributes: FrontendAttributes): string {
  if (!/^(?:sha256:)?[a-f0-9]{64}$/.test(name)) return packageUrl(parseReference(name), platform);
  const [attribute] =
    Object.entries(attributes).find(
      ([key, value]) =>
        key.startsWith('context:') && value.startsWith('oci-layout:') && value.endsWith(digest),
    ) ?? [];
  if (attribute === undefined) return `pkg:docker/${name}`;
  const [context = ''] = attribute.slice('context:'.length).split('::');
  const [, repository = '', tag] = /^(.*?)(?::([\w.-]+))?$/.exec(context) ?? [];
  const version = tag === undefined ? '' : `@${tag}`;
  const path = repository.split('/').map(encodeURIComponent).join('/');
  return `pkg:oci/${path}${version}?digest=${encodeURIComponent(digest)}&platform=${encodeURIComponent(formatPlatform(platform))}`;
}

/** Attributes that say something about the machine or about the statements themselves are no part of what was asked for. */
const left =
  /^(?:cgroup-parent|image-resolve-mode|platform|cache-imports|multi-platform|requestid|filename|attest:.*|vcs:.*|.*BUILDKIT_ATTEST_.*)$/;
/** Values that may be secret are told in full statements only. */
const isPrivate = (name: string): boolean => /^(?:build-arg|label):/.test(name) && !left.test(name);

function requestOf({ account }: ResultPart, isMax: boolean): object {
  const { attributes, secrets, agents } = account;
  const contextKey = attributes['contextkey'] ?? 'context';
  const told = Object.entries(attributes)
    .filter(([name]) => !left.test(name) && name !== contextKey && (isMax || !isPrivate(name)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const mounted = (list: typeof secrets): object[] =>
    list.map(({ id, optional }) => ({ id, ...(optional && { optional }) }));
  const locals = localsOf(account);
  return {
    frontend: 'dockerfile.v0',
    ...(told.length > 0 && { args: Object.fromEntries(told) }),
    ...(isMax && secrets.length > 0 && { secrets: mounted(secrets) }),
    ...(isMax && agents.length > 0 && { ssh: mounted(agents) }),
    ...(locals.length > 0 && { locals: locals.map((name) => ({ name })) }),
  };
}

/** Names of directories of the client. */
function localsOf({ attributes, source }: ResultPart['account']): string[] {
  const named = Object.entries(attributes).flatMap(([name, value]) =>
    name.startsWith('context:') ? (/^local:(.+)/.exec(value)?.slice(1) ?? []) : [],
  );
  return [...(source ? [] : ['context', 'dockerfile']), ...named].sort();
}

function sourceOf({ attributes, source }: ResultPart['account']): Facts['configSource'] {
  const path = attributes['filename'] ?? 'Dockerfile';
  return source ? { uri: withoutCredentials(source.uri), digest: source.digest, path } : { path };
}

function vcsOf(attributes: FrontendAttributes): object {
  const found = Object.entries(attributes)
    .filter(([name, value]) => name.startsWith('vcs:') && value !== '')
    .map(([name, value]) => [name.slice('vcs:'.length), withoutCredentials(value)]);
  return found.length > 0 ? { vcs: Object.fromEntries(found) as object } : {};
}

const sourceInfo = ({ account: { dockerfile } }: ResultPart): object => ({
  infos: [
    {
      filename: dockerfile.name,
      language: 'Dockerfile',
      data: Buffer.from(dockerfile.text).toString('base64'),
    },
  ],
});

const withoutCredentials = (url: string): string => url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1xxxxx@');
