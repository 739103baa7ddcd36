import { goJson } from '../../lib/go-json.ts';
import { goYaml } from '../../lib/go-yaml.ts';
import { serviceHash } from '../../compose/plan/config-hash.ts';
import { imageName } from '../../compose/plan/names.ts';
import { chosenServices, projectDocument } from '../../compose/model/project-document.ts';
import { bool, text } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';

export const command = defineComposeCommand({
  summary: 'Parse, resolve and render compose file in canonical format',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    environment: bool('Print environment used for interpolation.'),
    format: text('Format the output. Values: [yaml | json]'),
    hash: text('Print the service config hash, one per line.'),
    images: bool('Print the image names, one per line.'),
    'no-interpolate': { ...bool("Don't interpolate environment variables"), hidden: true },
    output: text('Save to file (default to stdout)', 'o'),
    profiles: bool('Print the profile names, one per line.'),
    quiet: bool("Only validate the configuration, don't print anything", 'q'),
    services: bool('Print the service names, one per line.'),
    volumes: bool('Print the volume names, one per line.'),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    const project = context.load(services);
    if (flags.quiet) return;
    const lines = (items: Iterable<string>): void =>
      void context.out.write([...items].map((item) => `${item}\n`).join(''));
    const chosen = chosenServices(project, services);
    if (flags.services) return lines(project.services.keys());
    if (flags.volumes) return lines(project.volumes.keys());
    if (flags.images) return lines(new Set(chosen.map((service) => imageName(project, service))));
    if (flags.profiles)
      return lines(
        new Set(
          [...project.services.values(), ...project.disabled.values()].flatMap(({ profiles }) => profiles),
        ),
      );
    if (flags.environment)
      return lines(
        Object.entries(project.environment)
          .map(([name, value]) => `${name}=${value}`)
          .toSorted(),
      );
    if (flags.hash !== undefined) {
      const names = flags.hash === '*' ? [...project.services.keys()] : flags.hash.split(',');
      return lines(
        names.toSorted().map((name) => {
          const service = project.services.get(name);
          if (!service) throw new Error(`no such service: ${name}`);
          return `${name} ${serviceHash(project, service, { asWritten: true })}`;
        }),
      );
    }
    const style = flags.format === 'json' ? 'json' : 'yaml';
    const document = projectDocument(project, { style, services });
    const printed = style === 'json' ? goJson(document, '  ') : goYaml(document);
    context.out.write(printed.replaceAll('$', '$$$$'));
  },
});
