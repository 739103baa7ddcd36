import { invalid } from '../lib/errors.ts';

declare const brand: unique symbol;
/** `sha256:` and 64 lower-case hexadecimal digits (OCI image spec, descriptor.md#digests). Only parsers and hashers make one. */
export type Digest = string & { readonly [brand]: 'Digest' };

export function isDigest(text: string): text is Digest {
  return /^sha256:[a-f0-9]{64}$/.test(text);
}

export function parseDigest(text: string): Digest {
  if (!isDigest(text))
    throw invalid(`invalid digest ${JSON.stringify(text.slice(0, 100))}: want sha256:<64 hex digits>`);
  return text;
}

/** Node's crypto is loaded when something is hashed: that takes 6 ms, and most command lines hash nothing. */
export function digestOf(content: string | Uint8Array): Digest {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return `sha256:${createHash('sha256').update(content).digest('hex')}` as Digest;
}

/** The digest made of a finished hash in hexadecimal. */
export const digestFromHex = (hex: string): Digest => parseDigest(`sha256:${hex}`);

/** The 64 digits without their algorithm. */
export const hexOf = (digest: Digest): string => digest.slice('sha256:'.length);

/** The identity of a stack of layers (OCI image spec, config.md#layer-chainid). Undefined for an empty stack. */
export function chainIdOf(diffIds: readonly Digest[]): Digest | undefined {
  return diffIds.reduce<Digest | undefined>(
    (parent, diffId) => (parent ? digestOf(`${parent} ${diffId}`) : diffId),
    undefined,
  );
}
