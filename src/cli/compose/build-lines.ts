import type { BuildEventLine } from '../../wire/build.ts';
import type { ProgressLine } from '../../wire/image.ts';
import { BuildDisplay } from './build-display.ts';
import type { ComposeContext } from './globals.ts';

/** Prints what builders say beside other things that are told: one line after the other; on a terminal where the others are. */
export function buildLinePrinter({
  out,
  err,
  env,
}: ComposeContext): (service: string, line: BuildEventLine | ProgressLine) => void {
  let display: BuildDisplay | undefined; // most runs build nothing
  return (service, line) => {
    display ??= new BuildDisplay(out.isTTY ? err : out, 'plain', env);
    display.take(service, line);
  };
}
