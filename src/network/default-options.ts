import type { NetworkContext } from './context.ts';
import type { NetworkSpec } from './types.ts';

/** Options that say which families a network has: of the settings, they count only where the client does not say it. */
const familyOptions = {
  enableIpv4: 'com.docker.network.enable_ipv4',
  enableIpv6: 'com.docker.network.enable_ipv6',
} as const;

/** What the settings (`default-network-opts`) say of networks of the driver, below what the client says of this one. */
export function withDefaultOptions(
  { defaultOptions }: Pick<NetworkContext, 'defaultOptions'>,
  spec: NetworkSpec,
): NetworkSpec {
  const usual = Object.hasOwn(defaultOptions, spec.driver) ? defaultOptions[spec.driver] : undefined;
  if (!usual || spec.configFrom) return spec;
  const options = { ...usual };
  const families: { enableIpv4?: boolean; enableIpv6?: boolean } = {};
  for (const [member, option] of Object.entries(familyOptions) as [keyof typeof familyOptions, string][]) {
    const text = options[option];
    if (spec[member] !== undefined) delete options[option];
    else if (text !== undefined) families[member] = text === 'true';
  }
  return { ...spec, ...families, options: { ...options, ...spec.options } };
}
