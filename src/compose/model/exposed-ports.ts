/** What an entry of `expose` means: `80`, `53/udp`, `8000-8010/tcp`. Undefined for what is no port: engines take it, and it has no effect. */
export function exposedPorts(
  entry: string,
): { readonly ports: readonly number[]; readonly protocol: string } | undefined {
  const match = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(entry);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? first);
  if (!match || first < 1 || last > 65535 || first > last) return undefined;
  return {
    ports: Array.from({ length: last - first + 1 }, (_, index) => first + index),
    protocol: (match[3] ?? 'tcp').toLowerCase(),
  };
}
