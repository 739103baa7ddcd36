import { contextName, DEFAULT_CONTEXT, hostVariable } from '../choose-host.ts';
import { defineCommand } from '../command.ts';
import { bool, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';
import { defaultContext } from './create.ts';
import { ContextStore } from './store.ts';

interface Row {
  readonly name: string;
  readonly description: string;
  readonly endpoint: string;
  readonly current: boolean;
  readonly error: string;
}

export const command = defineCommand({
  summary: 'List contexts',
  usage: '[OPTIONS]',
  offline: true,
  flags: {
    format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
    quiet: bool('Only show context names', 'q'),
  },
  async run(context, flags) {
    const current = contextName(context.hostFlags, context.env);
    const own = defaultContext(context);
    const stored = new ContextStore(context.env).list();
    const items = [own, ...stored].map((item): Row => ({
      name: item.Name,
      description:
        item.Name === DEFAULT_CONTEXT
          ? 'Current DOCKER_HOST based configuration'
          : (item.Metadata.Description ?? ''),
      endpoint: item.Endpoints['docker']?.Host ?? '',
      current: item.Name === current,
      error: '',
    }));
    if (!items.some((item) => item.current))
      items.push({ name: current, description: '', endpoint: '', current: true, error: 'context not found' });
    const sorted = items.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const shown = ['Shown', 'Description', 'DockerEndpoint', 'Error'];
    context.out.write(
      await formatList({ items: sorted, columns, shown, format: flags.format, quiet: flags.quiet && 'Name' }),
    );
    const variable = hostVariable(context.env);
    if (variable && !flags.quiet && flags.format === undefined)
      context.err.write(
        `Warning: ${variable} environment variable overrides the active context. To use a context, either set the global --context flag, or unset ${variable} environment variable.\n`,
      );
  },
});

const columns: Columns<Row> = {
  Current: ['CURRENT', ({ current }) => String(current)],
  Description: ['DESCRIPTION', ({ description }) => description],
  DockerEndpoint: ['DOCKER ENDPOINT', ({ endpoint }) => endpoint],
  Error: ['ERROR', ({ error }) => error],
  Name: ['NAME', ({ name }) => name],
  Shown: ['NAME', ({ name, current }) => (current ? `${name} *` : name)],
};
