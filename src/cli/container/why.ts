import type { Finding } from '../../wire/container.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { text } from '../flags.ts';
import { printBy } from '../format/inspect.ts';

export const command = defineCommand({
  summary: 'Say what is wrong with containers: why they ended, why nobody reaches them, what they will lose',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: { format: text('Format output using a custom template: json or TEMPLATE', 'f') },
  args: { min: 1 },
  async run(context, { format }, names) {
    for (const name of names) {
      const findings = await context.client.containers.findings(name);
      if (format === 'json') print(context, JSON.stringify(findings));
      else if (format !== undefined) for (const found of findings) context.out.write(printBy(format, found));
      else print(context, describe(name, findings));
    }
  },
});

function describe(name: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return `${name}: nothing is wrong that the engine can see`;
  const lines = findings.flatMap(({ code, text: what, fix }) => [
    `${name}: ${what} [${code}]`,
    ...(fix === '' ? [] : [`  ${fix}`]),
  ]);
  return lines.join('\n');
}
