import { loadFiles } from '../../compose/load/load-project.ts';
import { isRemote } from '../../compose/load/remote-reference.ts';
import type { Project } from '../../compose/model/types.ts';
import { variablesOf } from '../../compose/model/variables.ts';
import { ExitError } from '../exit-code.ts';
import { align } from '../format/align.ts';
import { ask } from '../prompt.ts';
import { type ComposeContext, loadOptions } from './globals.ts';

/** What a project from elsewhere would do here is shown before it is done, and has to be agreed to, unless `yes` says so. */
export async function confirmRemote(
  context: ComposeContext,
  { workingDir }: Project,
  yes: boolean,
): Promise<void> {
  const { file: files, progress } = context.globals;
  const [main] = files;
  if (main === undefined || !isRemote(main)) return;
  const others = [...context.copies.keys()].filter((reference) => !files.includes(reference));
  if (others.length > 0 && !yes) {
    const lines = others.map((reference) => `  - ${reference}\n`).join('');
    context.out.write(
      `\nWarning: This Compose project includes files from remote sources:\n${lines}\nRemote includes could potentially be malicious. Make sure you trust the source.\n`,
    );
    await agree(context, 'Do you want to continue? [y/N]: ', false);
  }
  if (progress !== 'quiet' && progress !== 'json')
    context.out.write(
      `Your compose stack ${JSON.stringify(main)} is stored in ${JSON.stringify(workingDir)}\n`,
    );
  const rows = yes ? [] : variableRows(context);
  if (rows.length === 0) return;
  const header = ['VARIABLE', 'VALUE', 'SOURCE', 'REQUIRED', 'DEFAULT'];
  context.out.write(`\nFound the following variables in configuration:\n${align([header, ...rows], 0)}`);
  await agree(context, '\nDo you want to proceed with these variables? [Y/n]: ', true);
}

function variableRows(context: ComposeContext): string[][] {
  const { tree } = loadFiles({
    ...loadOptions(context, context.globals),
    skip: new Set(['interpolate']),
  });
  return variablesOf(tree).map(({ name, required, default: other }) => {
    const own = context.env[name];
    const [value, source] =
      own !== undefined ? [own, 'environment'] : other === '' ? ['<unset>', 'none'] : [other, 'compose file'];
    return [name, value, source, required ? 'yes' : 'no', other];
  });
}

/** An empty line of a terminal means what is written in capitals; the end of the input means no. */
async function agree(context: ComposeContext, question: string, usual: boolean): Promise<void> {
  const answer = await ask(context, question);
  const isYes = answer === '' && context.in.isTTY === true ? usual : /^(y|yes|1|true)$/i.test(answer ?? '');
  if (!isYes) throw new ExitError(1, 'operation cancelled by user');
}
