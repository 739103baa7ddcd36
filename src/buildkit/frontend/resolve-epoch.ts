import type { DescribedBuild } from '../../build/check/types.ts';
import { isRemote } from '../../build/remote/fetch-context.ts';
import { OF_CONTEXT } from '../../build/result/source-date-epoch.ts';
import type { FrontendAttributes } from './attributes.ts';
import type { FrontendRun } from './frontend-run.ts';
import type { MainContext } from './main-context.ts';
import { withSource } from './source-error.ts';

/**
 * The value that `SOURCE_DATE_EPOCH` has in a build: a number as it is; for `context`, the name of a named context and that of a stage which
 * adds one URL the time of that commit or file, '' where nothing tells it. Undefined = nobody gives it one.
 */
export async function resolveEpoch(
  run: FrontendRun,
  { epoch, epochSource }: DescribedBuild,
  attributes: FrontendAttributes,
  main: MainContext,
  held: DisposableStack,
): Promise<string | undefined> {
  if (epoch === undefined || epoch === '' || /^-?\d+$/.test(epoch)) return epoch;
  if (epoch === OF_CONTEXT) return seconds(await main.madeAt?.());
  const url = attributes[`context:${epoch}`] ?? addedBy(epochSource, main);
  if (url === undefined || !isRemote(url)) return '';
  const { context, peer, signal, policy } = run;
  return run.teller.during(`[internal] resolve SOURCE_DATE_EPOCH ${epoch}`, async () => {
    const fetched = held.use(
      await context.builder.fetchContext(url, { client: peer, signal, policy, asFile: true }),
    );
    return seconds(await fetched.madeAt?.());
  });
}

const seconds = (time: number | undefined): string => (time === undefined ? '' : String(Math.floor(time)));

function addedBy(
  source: DescribedBuild['epochSource'],
  { dockerfile }: Pick<MainContext, 'dockerfile'>,
): string | undefined {
  try {
    return source();
  } catch (error) {
    throw withSource(error, dockerfile);
  }
}
