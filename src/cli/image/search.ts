import type { SearchResult } from '../../wire/image.ts';
import { defineCommand } from '../command.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { bool, int, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';
import { loginTo, serverName } from '../registry-auth.ts';

export const command = defineCommand({
  summary: 'Search Docker Hub for images',
  usage: '[OPTIONS] TERM',
  flags: {
    filter: filterFlag('Filter output based on conditions provided', 'f'),
    format: text('Pretty-print search using a Go template'),
    limit: int('Max number of search results'),
    'no-trunc': bool("Don't truncate output"),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [term = '']) {
    const auth = await loginTo(context, serverName(registryOf(term)));
    const found = await context.client.images.search(term, {
      limit: flags.limit,
      filters: parseFilters(flags.filter),
      ...(auth && { auth }),
    });
    context.out.write(
      await formatList({
        items: found.toSorted((a, b) => b.star_count - a.star_count),
        columns: columns(flags['no-trunc'] ?? false),
        shown: ['Name', 'Description', 'StarCount', 'IsOfficial'],
        format: flags.format,
      }),
    );
  },
});

/** The registry that a term begins with; undefined for Docker Hub. */
const registryOf = (term: string): string | undefined => /^([^/]*[.:][^/]*|localhost)\//.exec(term)?.[1];

const columns = (whole: boolean): Columns<SearchResult> => ({
  Description: ['DESCRIPTION', ({ description }) => shorten(description.replace(/[\r\n]/g, ' '), whole)],
  IsAutomated: ['AUTOMATED', (result) => mark(result.is_automated)],
  IsOfficial: ['OFFICIAL', (result) => mark(result.is_official)],
  Name: ['NAME', ({ name }) => name],
  StarCount: ['STARS', (result) => String(result.star_count)],
});

const shorten = (text: string, whole: boolean): string =>
  whole || text.length <= 45 ? text : `${text.slice(0, 44)}…`;

const mark = (is: boolean): string => (is ? '[OK]' : '');
