import { defineCommand } from '../command.ts';
import { ExitError } from '../exit-code.ts';

export const command = defineCommand({
  summary: 'Say what to use in place of content trust',
  usage: '[COMMAND] [ARG...]',
  offline: true,
  flags: {},
  args: { min: 0 },
  interspersed: false,
  run: () => {
    throw new ExitError(
      1,
      `lade has no content trust, which Docker is retiring; --disable-content-trust is accepted and changes nothing.
Sign an image in its registry with another program, by its digest (lade images --digests):
  cosign sign REGISTRY/IMAGE@sha256:...        https://docs.sigstore.dev
  notation sign REGISTRY/IMAGE@sha256:...      https://notaryproject.dev
Check it with 'cosign verify' or 'notation verify', and run that digest: lade run REGISTRY/IMAGE@sha256:...`,
    );
  },
});
