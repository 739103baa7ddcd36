import { formatBytes } from '../../lib/bytes.ts';
import type { ImageExplanation, LayerExplanation } from '../../wire/build.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { bool, text } from '../flags.ts';
import { align } from '../format/align.ts';
import { printBy } from '../format/inspect.ts';
import { seconds } from '../build/why/why-text.ts';
import { platformJson } from './platform.ts';

export const command = defineCommand({
  summary: 'Say what an image is made of, what it wastes, and what would make it smaller',
  usage: '[OPTIONS] IMAGE',
  flags: {
    format: text('Format output using a custom template: json or TEMPLATE', 'f'),
    'no-trunc': bool("Don't truncate output"),
    platform: text('Explain the given platform of the image'),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [name = '']) {
    const found = await context.client.builds.explain(name, { platform: platformJson(flags.platform) });
    if (flags.format === undefined) return show(context, found, flags['no-trunc'] ?? false);
    context.out.write(flags.format === 'json' ? `${JSON.stringify(found)}\n` : printBy(flags.format, found));
  },
});

function show({ out }: Context, found: ImageExplanation, whole: boolean): void {
  const { id, tags, size, layers, waste } = found;
  const share = size === 0 ? 0 : Math.round((waste / size) * 100);
  const lines = [
    `${tags[0] ?? id}: ${formatBytes(size)} in ${layers.length} layers, ${formatBytes(waste)} wasted (${share}%)`,
    '',
    align([headings, ...layers.map((layer, at) => row(layer, at, whole))]).trimEnd(),
    ...section('Duplicates:', duplicateLines(found, whole)),
    ...section('To make it smaller:', adviceLines(found)),
  ];
  out.write(`${lines.join('\n')}\n`);
}

const headings = ['LAYER', 'SIZE', 'ADDED', 'CHANGED', 'DELETED', 'HIDDEN', 'CACHES', 'TIME', 'INSTRUCTION'];

function row(layer: LayerExplanation, at: number, whole: boolean): string[] {
  const { size, added, changed, deleted, hidden, caches, milliseconds, isBase } = layer;
  const cached = caches.reduce((sum, { bytes }) => sum + bytes, 0);
  const bytes = (count: number): string => (count === 0 ? '-' : formatBytes(count));
  const { instruction } = layer;
  return [
    `${at + 1}${isBase ? ' (base)' : ''}`,
    formatBytes(size),
    String(added),
    String(changed),
    String(deleted),
    bytes(hidden.bytes),
    bytes(cached),
    milliseconds === undefined ? '-' : seconds(milliseconds),
    whole || instruction.length <= 60 ? instruction : `${instruction.slice(0, 59)}…`,
  ];
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines];

const FEW = 5;

function duplicateLines({ duplicates }: ImageExplanation, whole: boolean): string[] {
  const shown = whole ? duplicates : duplicates.slice(0, FEW);
  const lines = shown.map(
    ({ size, count, paths, waste }) =>
      `  ${formatBytes(waste)}: ${count} times ${formatBytes(size)}: ${paths.slice(0, whole ? undefined : 2).join(', ')}${!whole && count > 2 ? ', …' : ''}`,
  );
  const rest = duplicates.slice(shown.length);
  return rest.length === 0 ? lines : [...lines, `  and ${rest.length} more (--no-trunc)`];
}

const adviceLines = ({ advice }: ImageExplanation): string[] =>
  advice.map(({ text: what, saves }) => `  ${formatBytes(saves)}: ${what}`);
