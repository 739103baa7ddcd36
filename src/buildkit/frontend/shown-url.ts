import type { FrontendAttributes } from './attributes.ts';

/** A URL as people may see it: without a password. */
export const shownUrl = (text: string): string => text.replace(/^(https?:\/\/)[^/@?#]*@/i, '$1xxxxx@');

/** Attributes as they may be kept: what they say about contexts may have had credentials in it. */
export function shownAttributes(attributes: FrontendAttributes): FrontendAttributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      /^(?:input:)?context(?::|$)/.test(name) ? shownUrl(value) : value,
    ]),
  );
}
