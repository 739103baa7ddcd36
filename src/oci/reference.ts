import { invalid } from '../lib/errors.ts';
import { type Digest, isDigest } from './digest.ts';

const DEFAULT_DOMAIN = 'docker.io';
const DEFAULT_TAG = 'latest';
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const domainPattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const pathPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[\w][\w.-]{0,127}$/;

/** A name of an image in its full form (distribution spec; Docker's reference grammar). */
export interface Reference {
  /** Registry host, such as `docker.io` or `localhost:5000`. */
  readonly domain: string;
  /** Repository path without the domain, such as `library/busybox`. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** Parses what people type (`busybox`, `me/app:1`, `localhost:5000/x@sha256:…`). The tag is left out where none is given. */
export function parseReference(text: string): Reference {
  if (/^[a-f0-9]{64}$/.test(text))
    throw invalid(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) throw malformed();
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  const { domain, path } = splitDomain(hasTag ? named.slice(0, colon) : named);
  if (!domainPattern.test(domain) || !pathPattern.test(path) || path.length > 255) throw malformed(path);
  if (tag !== undefined && !tagPattern.test(tag)) throw malformed();
  return { domain, path, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

function malformed(path = ''): Error {
  const why = /[A-Z]/.test(path) ? `: repository name (${path}) must be lowercase` : '';
  return invalid(`invalid reference format${why}`);
}

/** The same reference with `latest` where it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: DEFAULT_TAG }
    : reference;
}

/** `docker.io/library/busybox`: the repository, in full. */
export const repositoryOf = (reference: Reference): string => `${reference.domain}/${reference.path}`;

/** The short form that people know: `busybox`, `me/app`, `localhost:5000/x`. */
export function familiarRepository(reference: Reference): string {
  if (reference.domain !== DEFAULT_DOMAIN) return repositoryOf(reference);
  const rest = reference.path.startsWith('library/')
    ? reference.path.slice('library/'.length)
    : reference.path;
  return rest;
}

/** `busybox:latest`, `localhost:5000/x@sha256:…`. */
export function familiarName(reference: Reference): string {
  return (
    familiarRepository(reference) +
    (reference.tag === undefined ? '' : `:${reference.tag}`) +
    (reference.digest === undefined ? '' : `@${reference.digest}`)
  );
}

function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isDomain =
    first !== '' && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const domain = !isDomain ? DEFAULT_DOMAIN : first === 'index.docker.io' ? DEFAULT_DOMAIN : first;
  const path = isDomain ? name.slice(slash + 1) : name;
  return { domain, path: domain === DEFAULT_DOMAIN && !path.includes('/') ? `library/${path}` : path };
}
