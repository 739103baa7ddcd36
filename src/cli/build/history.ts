import type { BuildAnswer } from '../../wire/build.ts';
import { defineCommand } from '../command.ts';
import { bool, int, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';
import { ago } from '../format/time.ts';
import { seconds } from './why/why-text.ts';

export const command = defineCommand({
  summary: 'List builds, the newest first',
  usage: '[OPTIONS]',
  flags: {
    format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
    last: int('Show the n last builds', 'n'),
    'no-trunc': bool("Don't truncate output"),
    quiet: bool('Only show build IDs', 'q'),
  },
  async run(context, flags) {
    const items = await context.client.builds.list(flags.last === undefined ? {} : { limit: flags.last });
    context.out.write(
      await formatList({
        items,
        columns: columns(flags['no-trunc'] ?? false),
        shown: ['ID', 'Name', 'Status', 'Steps', 'CreatedSince', 'Duration'],
        format: flags.format,
        quiet: flags.quiet && 'ID',
      }),
    );
  },
});

const columns = (whole: boolean): Columns<BuildAnswer> => ({
  CreatedAt: ['CREATED AT', ({ startedAt }) => startedAt],
  CreatedSince: ['CREATED', ({ startedAt }) => ago(Date.parse(startedAt) / 1000)],
  Dockerfile: ['DOCKERFILE', ({ dockerfile }) => dockerfile],
  Duration: [
    'DURATION',
    ({ startedAt, endedAt }) =>
      endedAt === undefined ? '' : seconds(Date.parse(endedAt) - Date.parse(startedAt)),
  ],
  Error: ['ERROR', ({ error = '' }) => error],
  FailureKept: ['FAILED STEP KEPT', ({ failureKept }) => String(failureKept)],
  ID: ['BUILD ID', ({ id }) => (whole ? id : id.slice(0, 12))],
  ImageID: ['IMAGE ID', ({ imageId = '' }) => imageId],
  Name: ['NAME', ({ lineage }) => (lineage === '' ? '<none>' : lineage)],
  Status: ['STATUS', statusOf],
  Steps: ['STEPS', stepsOf],
  Target: ['TARGET', ({ target }) => target],
});

function statusOf({ error, endedAt }: BuildAnswer): string {
  if (endedAt === undefined) return 'Running';
  if (error === undefined) return 'Completed';
  return /\b(?:abort|hung up|canceled|the engine (?:stops|ended))/.test(error) ? 'Canceled' : 'Error';
}

/** `7, 4 cached` */
function stepsOf({ steps }: BuildAnswer): string {
  const done = steps.filter(({ stage, cache }) => stage !== '' && cache);
  return `${done.length}, ${done.filter(({ cache }) => cache?.hit).length} cached`;
}
