import { hostPlatform } from '../../oci/platform.ts';
import type { BuildKitContext } from '../context.ts';

/** The BuildKit whose protocol and Dockerfile language this engine speaks. */
const PROTOCOL_VERSION = 'v0.25.1';

export function versionOf({ version }: BuildKitContext): Record<string, string> {
  return {
    package: 'lading',
    version: `${PROTOCOL_VERSION}-lading.${version}`,
    revision: '',
    dockerfileVersion: '1.19.0',
  };
}

/** The one worker there is: the engine. */
export function workerOf(context: BuildKitContext): Record<string, unknown> {
  const { os, architecture, variant } = hostPlatform();
  const gateway = context.hostGateway();
  return {
    ID: context.engineId,
    Labels: {
      'org.mobyproject.buildkit.worker.executor': 'containerd',
      ...(gateway !== undefined && { 'org.mobyproject.buildkit.worker.moby.host-gateway-ip': gateway }),
    },
    platforms: [{ OS: os, Architecture: architecture, Variant: variant ?? '' }],
    BuildkitVersion: versionOf(context),
  };
}
