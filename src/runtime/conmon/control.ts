import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { monitorFiles } from './launch.ts';

const resizeEvent = 1;
const reopenLogEvent = 2;

/** conmon refuses a side that is longer. */
const longestSide = 1000;

/** Sets the size of the terminal of a container or exec. */
export function resizeTerminal(directory: string, size: { height: number; width: number }): void {
  const side = (value: number): number => Math.max(1, Math.min(longestSide, Math.trunc(value)));
  tell(directory, `${resizeEvent} ${side(size.height)} ${side(size.width)}\n`);
}

/** Makes conmon open its log anew at the path that it was given. */
export function reopenLog(directory: string): void {
  tell(directory, `${reopenLogEvent} 0 0\n`);
}

/** conmon reads lines of three numbers from a FIFO. Throws ENXIO or ENOENT when it is gone. */
function tell(directory: string, line: string): void {
  const fd = openSync(join(directory, monitorFiles.control), constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    writeSync(fd, line);
  } finally {
    closeSync(fd);
  }
}
