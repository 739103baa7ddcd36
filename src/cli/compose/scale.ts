import { up } from '../../compose/up.ts';
import { ExitError } from '../exit-code.ts';
import { bool } from '../flags.ts';
import { authOptions } from '../registry-auth.ts';
import { buildLinePrinter } from './build-lines.ts';
import { defineComposeCommand } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

export const command = defineComposeCommand({
  summary: 'Scale services',
  usage: '[SERVICE=REPLICAS...]',
  flags: { 'no-deps': bool("Don't start linked services") },
  args: { min: 1 },
  async run(context, flags, specs) {
    const scale = new Map(specs.map(parseSpec));
    const services = [...scale.keys()];
    await up(context.client, context.load(services), progressPrinter(context), {
      services,
      scale,
      noDeps: flags['no-deps'] ?? false,
      noRecreate: true,
      ...authOptions(context),
      onBuildLine: buildLinePrinter(context),
      signal: context.signal,
    });
  },
});

function parseSpec(spec: string): readonly [service: string, replicas: number] {
  const [service = '', replicas, ...rest] = spec.split('=');
  if (!replicas || rest.length > 0) throw new ExitError(1, `invalid scale specifier: ${spec}`);
  if (!/^\d+$/.test(replicas))
    throw new ExitError(1, `invalid scale specifier: can't parse replica value as int: ${spec}`);
  return [service, Number(replicas)];
}
