/** The file descriptor of a socket of Node's, which has no public name; undefined when it is closed or has none. */
export function descriptorOf(socket: unknown): number | undefined {
  const fd = (socket as { _handle?: { fd?: number } | null } | null)?._handle?.fd;
  return fd === undefined || fd < 0 ? undefined : fd;
}
