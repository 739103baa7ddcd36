import type { ComposeContext } from './globals.ts';

/** Tells of work on one object that has no list of steps: a line on standard error. */
export function tellStep({ globals, err }: ComposeContext, id: string, text: string, detail = ''): void {
  if (globals.progress === 'quiet') return;
  if (globals.progress === 'json')
    err.write(`${JSON.stringify({ id, text, ...(detail !== '' && { status: detail }) })}\n`);
  else err.write(`${globals['dry-run'] ? ' DRY-RUN MODE - ' : ''} ${id} ${text} ${detail}\n`);
}
