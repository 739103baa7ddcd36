import { invalid, prefixed } from '../../lib/errors.ts';
import { parseReference, type Reference, repositoryOf, withDefaultTag } from '../../oci/reference.ts';
import type { HttpSource } from '../remote/http-store.ts';
import type { GitSource } from '../remote/types.ts';
import type { NamedSource, SourcePolicy } from './source-policy.ts';

type Policy = SourcePolicy | undefined;

const IMAGE = 'docker-image://';

/** The image that is read in the place of another. Ids of images are no names. */
export function imageByPolicy(policy: Policy, name: string): string {
  if (!policy || /^(?:sha256:)?[0-9a-f]{64}$/.test(name)) return name;
  const own = IMAGE + fullName(withDefaultTag(parseReference(name)));
  const { identifier } = evaluate(
    policy,
    { identifier: own, attributes: {} },
    'could not resolve image due to policy',
  );
  if (identifier === own) return name;
  if (!identifier.startsWith(IMAGE)) throw otherKind(own, identifier);
  return identifier.slice(IMAGE.length);
}

/** The file that is read in the place of another, and what it must be. */
export function fileByPolicy(policy: Policy, source: HttpSource): HttpSource {
  if (!policy) return source;
  const { url, checksum = '' } = source;
  const asked = { identifier: url, attributes: { ...(checksum && { [CHECKSUM]: checksum }) } };
  const { identifier, attributes } = evaluate(policy, asked);
  if (!/^https?:\/\//.test(identifier)) throw otherKind(url, identifier);
  const wanted = attributes[CHECKSUM];
  return { url: identifier, ...(wanted && { checksum: wanted }) };
}

const CHECKSUM = 'http.checksum';

/** The repository that is read in the place of another: conversions say so by the attributes `git.fullurl` and `git.checksum`. */
export function gitByPolicy(policy: Policy, source: GitSource): GitSource {
  if (!policy) return source;
  const { remote, checksum = '' } = source;
  const own = gitIdentifier(source);
  const asked = { 'git.fullurl': remote, ...(checksum && { 'git.checksum': checksum }) };
  const { identifier, attributes } = evaluate(policy, { identifier: own, attributes: asked });
  if (identifier !== own)
    throw invalid(
      `source policy: ${own} can not become ${identifier} here: convert git.fullurl and git.checksum, or the URL in the Dockerfile`,
    );
  const { 'git.fullurl': url = remote, 'git.checksum': wanted } = attributes;
  return { ...source, remote: url, ...(wanted && { checksum: wanted }) };
}

/** Whether something else may be read, such as a directory of the client. */
export function checkSource(policy: Policy, own: string): void {
  if (policy && evaluate(policy, { identifier: own, attributes: {} }).identifier !== own)
    throw invalid(`source policy: ${own} can not become something else here`);
}

/** As BuildKit names it: without the protocol. */
function gitIdentifier({ remote, ref = '', subdir = '' }: GitSource): string {
  const [, place = remote] = /^[a-z]+:\/\/(?:[^/@]*@)?(.*)$/is.exec(remote) ?? [];
  const path = remote.includes('://') ? place : place.replace(/^[^@]*@/, '').replace(':', '/');
  const fragment = subdir ? `${ref}:${subdir}` : ref;
  return `git://${path}${fragment && `#${fragment}`}`;
}

function evaluate(
  policy: SourcePolicy,
  source: NamedSource,
  doing = 'error evaluating the source policy',
): NamedSource {
  try {
    return policy.apply(source);
  } catch (error) {
    throw prefixed(doing, error);
  }
}

const fullName = (reference: Reference): string =>
  `${repositoryOf(reference)}${reference.tag ? `:${reference.tag}` : ''}${reference.digest ? `@${reference.digest}` : ''}`;

const otherKind = (own: string, identifier: string): Error =>
  invalid(`source policy: ${own} can not become ${identifier}: that is of another kind`);
