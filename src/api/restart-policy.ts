import { invalid } from '../lib/errors.ts';
import type { RestartPolicy } from '../container/types.ts';
import type { RestartPolicy as WirePolicy } from '../wire/container.ts';

/** Throws Docker's texts for what is no policy. */
export function restartPolicy(wire: WirePolicy): RestartPolicy {
  const name = wire.Name ?? '';
  const count = wire.MaximumRetryCount ?? 0;
  const fail = (why: string): Error => invalid(`invalid restart policy: ${why}`);
  switch (name) {
    case '':
    case 'no':
    case 'always':
    case 'unless-stopped':
      if (count !== 0)
        throw fail(
          `maximum retry count can only be used with 'on-failure'${count < 0 ? ' and cannot be negative' : ''}`,
        );
      return { name: name === '' ? 'no' : name };
    case 'on-failure':
      if (count < 0) throw fail('maximum retry count cannot be negative');
      return { name, maximumRetryCount: count };
    default:
      throw fail(`unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`);
  }
}
