import type { LoadStep } from '../../compose/load/load-options.ts';
import { bool, text } from '../flags.ts';
import { ExitError } from '../exit-code.ts';
import { printConfig } from './config-document.ts';
import { explainConfig } from './config-explain.ts';
import { printList } from './config-lists.ts';
import { defineComposeCommand } from './globals.ts';

export const command = defineComposeCommand({
  summary: 'Parse, resolve and render compose file in canonical format',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    environment: bool('Print environment used for interpolation.'),
    explain: bool('Print where each value comes from; name services, or keys such as services.web.ports'),
    format: text('Format the output. Values: [yaml | json]'),
    hash: text('Print the service config hash, one per line.'),
    images: bool('Print the image names, one per line.'),
    'lock-image-digests': bool('Produces an override file with image digests'),
    models: bool('Print the model names, one per line.'),
    networks: bool('Print the network names, one per line.'),
    'no-consistency': bool("Don't check model consistency - warning: may produce invalid Compose output"),
    'no-env-resolution': bool("Don't resolve service env files"),
    'no-interpolate': bool("Don't interpolate environment variables"),
    'no-normalize': bool("Don't normalize compose model"),
    'no-path-resolution': bool("Don't resolve file paths"),
    output: text('Save to file (default to stdout)', 'o'),
    profiles: bool('Print the profile names, one per line.'),
    quiet: bool("Only validate the configuration, don't print anything", 'q'),
    'resolve-image-digests': bool('Pin image tags to digests'),
    services: bool('Print the service names, one per line.'),
    variables: bool('Print model variables and default values.'),
    volumes: bool('Print the volume names, one per line.'),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    const skip = new Set(
      Object.entries(steps).flatMap(([flag, step]) => (flags[flag as keyof typeof steps] ? [step] : [])),
    );
    if (context.globals.compatibility) skip.add('normalize');
    if (flags.explain) return explainConfig(context, flags, services, skip);
    const list = await printList(context, flags, services, skip);
    if (list !== undefined) return void context.out.write(list);
    const format = flags.format ?? 'yaml';
    if (format !== 'yaml' && format !== 'json')
      throw new ExitError(1, `unsupported format ${JSON.stringify(format)}`);
    return printConfig(context, { ...flags, format }, services, skip);
  },
});

/** Flags that leave out a step of loading. */
const steps = {
  'no-consistency': 'check',
  'no-env-resolution': 'resolve-environment',
  'no-interpolate': 'interpolate',
  'no-normalize': 'normalize',
  'no-path-resolution': 'resolve-paths',
} as const satisfies Record<string, LoadStep>;
