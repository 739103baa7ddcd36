#!/bin/sh
# Before nginx starts, runs what lies in /docker-entrypoint.d: *.envsh in this shell, executable *.sh beside it.
set -e

say() {
  [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$0: $*"
}

if [ "${1:-}" = nginx ] || [ "${1:-}" = nginx-debug ]; then
  for file in /docker-entrypoint.d/*; do
    case $file in
      *.envsh) if [ -x "$file" ]; then say "sourcing $file"; . "$file"; else say "ignoring $file, not executable"; fi ;;
      *.sh) if [ -x "$file" ]; then say "launching $file"; "$file"; else say "ignoring $file, not executable"; fi ;;
      *'/*') ;;
      *) say "ignoring $file" ;;
    esac
  done
  say 'Configuration complete; ready for start up'
fi
exec "$@"
