import { generateDocument } from '../../compose/generate.ts';
import { goJson } from '../../lib/go-json.ts';
import { goYaml } from '../../lib/go-yaml.ts';
import { ExitError } from '../exit-code.ts';
import { text } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';

export const command = defineComposeCommand({
  summary: 'EXPERIMENTAL - Generate a Compose file from existing containers',
  usage: '[OPTIONS] [CONTAINERS...]',
  flags: {
    format: text('Format the output. Values: [yaml | json] (default "yaml")'),
    name: text('Project name to set in the Compose file'),
    'project-dir': text('Directory to use for the project'),
  },
  args: { min: 0 },
  async run(context, { format = 'yaml', name }, containers) {
    context.err.write('generate command is EXPERIMENTAL\n');
    if (containers.length === 0) throw new ExitError(1, 'at least one container must be specified');
    if (format !== 'yaml' && format !== 'json')
      throw new ExitError(1, `unsupported format ${JSON.stringify(format)}`);
    const document = await generateDocument(context.client, containers, { name, style: format });
    context.out.write(`${format === 'json' ? goJson(document, '  ') : goYaml(document)}\n`);
  },
});
