import { familiarName, parseReference, withDefaultTag } from '../../oci/reference.ts';

/**
 * Brings what a build turns out to need of a context that is not there yet, by patterns; undefined = all. Returns its directory, which is
 * there until the build is over.
 */
export type OpenFiles = (paths: readonly string[] | undefined, signal: AbortSignal) => Promise<string>;

/** What a client gives a name to (`--build-context`): an image, by name or id, or files beside those of the main context. */
export type NamedContext =
  | { readonly kind: 'image'; readonly name: string }
  | { readonly kind: 'directory'; readonly path: string; readonly ignore: readonly string[] }
  | { readonly kind: 'directory'; readonly open: OpenFiles; readonly ignore: readonly string[] };

export type NamedContexts = Readonly<Record<string, NamedContext>>;

/** A named context as a step refers to it. */
export type ContextSource =
  | { readonly kind: 'image'; readonly name: string }
  | { readonly kind: 'directory'; readonly name: string };

/** The context that a name in FROM or `--from` means, which goes before stages and images of that name. */
export function findContext(contexts: NamedContexts, name: string): ContextSource | undefined {
  for (const [key, context] of Object.entries(contexts))
    if (key.toLowerCase() === name.toLowerCase() || isSameImage(key, name))
      return context.kind === 'image' ? context : { kind: 'directory', name: key };
  return undefined;
}

/** `alpine` and `docker.io/library/alpine:latest`. */
function isSameImage(left: string, right: string): boolean {
  try {
    return fullName(left) === fullName(right);
  } catch {
    return false; // one of them is no image's name
  }
}

const fullName = (name: string): string => familiarName(withDefaultTag(parseReference(name)));
