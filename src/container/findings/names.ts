import { nearest } from '../../lib/suggest.ts';
import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';

/** DNS-NXDOMAIN: names that it asked for and that nobody here has. Names with dots are the rest of the world's. */
export function findNames({ context, record }: Evidence): Finding[] {
  const asked = context.networks.unknownNames(record.id);
  const others = context.store.all().filter(({ id }) => id !== record.id);
  return asked.map((name) => {
    const same = others.find((other) => namesOf(other).includes(name));
    const networks = same?.endpoints.map(({ networkName }) => networkName).join(', ') ?? '';
    const similar = nearest(
      name,
      others.map((other) => other.name),
    );
    return {
      code: 'DNS-NXDOMAIN',
      text: `it asked for the name ${JSON.stringify(name)}, which nobody has in its networks`,
      fix: same
        ? `${same.name} has it in ${networks || 'no network at the moment'}: connect both to one network`
        : similar === undefined
          ? 'containers have their names in networks that you create, not in the default bridge'
          : `did you mean ${similar}?`,
    };
  });
}

const namesOf = ({ name, endpoints }: Evidence['record']): string[] => [
  name,
  ...endpoints.flatMap(({ aliases }) => aliases),
];
