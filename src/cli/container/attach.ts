import { defineCommand } from '../command.ts';
import { ExitError } from '../exit-code.ts';
import { bool, text } from '../flags.ts';
import { followSize, proxySignals, runSession } from '../terminal.ts';

export const command = defineCommand({
  summary: 'Attach local standard input, output, and error streams to a running container',
  usage: '[OPTIONS] CONTAINER',
  flags: {
    'detach-keys': text('Override the key sequence for detaching a container'),
    'no-stdin': bool('Do not attach STDIN'),
    'sig-proxy': bool('Proxy all received signals to the process (default true)'),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [name = '']) {
    const { containers } = context.client;
    const { Id, State, Config } = await containers.inspect(name);
    if (State.Paused) throw new ExitError(1, 'You cannot attach to a paused container, unpause it first');
    if (State.Restarting)
      throw new ExitError(1, 'You cannot attach to a restarting container, wait until it is running');
    if (!State.Running) throw new ExitError(1, 'You cannot attach to a stopped container, start it first');
    const tty = Config.Tty ?? false;
    const stdin = !flags['no-stdin'] && (Config.OpenStdin ?? false);
    const detachKeys = flags['detach-keys'];
    const waiting = await containers.wait(Id, 'not-running');
    const attached = await containers.attach(Id, {
      stdin,
      stdout: true,
      stderr: true,
      ...(detachKeys !== undefined && { detachKeys }),
    });
    const unproxy =
      (flags['sig-proxy'] ?? true) && !tty ? proxySignals((signal) => containers.kill(Id, signal)) : () => {};
    const unfollow = tty ? followSize(context, (size) => containers.resize(Id, size)) : () => {};
    try {
      if ((await runSession(context, attached, { tty, stdin, detachKeys })) === 'detached') return 0;
      return (await waiting.done).StatusCode;
    } finally {
      unfollow();
      unproxy();
    }
  },
});
