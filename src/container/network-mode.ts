/** What a network mode means. */
export type ParsedNetworkMode =
  | { readonly kind: 'host' | 'none' }
  | { readonly kind: 'container'; readonly container: string }
  | { readonly kind: 'network'; readonly network: string };

export function parseNetworkMode(mode: string): ParsedNetworkMode {
  if (mode === 'host' || mode === 'none') return { kind: mode };
  if (mode.startsWith('container:')) return { kind: 'container', container: mode.slice('container:'.length) };
  return { kind: 'network', network: mode === 'default' || mode === '' ? 'bridge' : mode };
}
