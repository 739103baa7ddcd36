import type { ComposeContext } from './globals.ts';
import type { UpFlags } from './up-flags.ts';
import { isTruthy } from '../../compose/is-truthy.ts';

interface Keys {
  detach(): void;
  watch(): Promise<void>;
  interrupt(): void;
}

interface Menu {
  /** Says which keys there are. */
  show(): void;
  close(): void;
}

/** The keys that a foreground `up` takes on a terminal, unless `--menu=false` or COMPOSE_MENU says otherwise. */
export function openMenu(context: ComposeContext, flags: UpFlags, keys: Keys): Menu {
  const isWanted = flags.menu ?? isTruthy(context.env['COMPOSE_MENU'] ?? 'true');
  const { in: input } = context;
  if (!isWanted || !input.isTTY || !context.out.isTTY || context.globals.progress === 'plain')
    return { show() {}, close() {} };
  const onData = (data: Buffer): void => {
    for (const key of data.toString()) press(context, keys, key);
  };
  input.setRawMode?.(true);
  input.on('data', onData);
  return {
    show: () => void context.err.write('   d Detach   w Watch on or off   Ctrl-C Stop\n'),
    close() {
      input.off('data', onData).pause();
      input.setRawMode?.(false);
    },
  };
}

function press(context: ComposeContext, keys: Keys, key: string): void {
  switch (key) {
    case 'd':
      return keys.detach();
    case 'w':
      return void keys.watch();
    case '\u0003': // Ctrl-C
      return keys.interrupt();
    case '\r':
      context.out.write('\n');
  }
}
