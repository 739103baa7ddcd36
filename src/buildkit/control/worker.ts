import { emulatedPlatforms } from '../../build/platforms/emulation.ts';
import { hostPlatform } from '../../oci/platform.ts';
import type { BuildKitContext } from '../context.ts';
import { toPolicy } from './cache.ts';

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
  const gateway = context.hostGateway();
  return {
    ID: context.engineId,
    Labels: {
      'org.mobyproject.buildkit.worker.executor': 'containerd',
      // by this clients tell that outputs of all kinds, several platforms and attestations are understood
      'org.mobyproject.buildkit.worker.snapshotter': 'overlayfs',
      ...(gateway !== undefined && { 'org.mobyproject.buildkit.worker.moby.host-gateway-ip': gateway }),
    },
    platforms: [hostPlatform(), ...emulatedPlatforms()].map(({ os, architecture, variant = '' }) => ({
      OS: os,
      Architecture: architecture,
      Variant: variant,
    })),
    GCPolicy: context.builder.gcPolicies().map(toPolicy),
    BuildkitVersion: versionOf(context),
  };
}
