#!/bin/sh
# Starts redis-server as the user redis. As in the official image it takes clients from anywhere unless a setting says otherwise:
# what is reachable is decided by the ports that a container publishes.
set -e

case ${1:-} in
  -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1:-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . \! -user redis -exec chown redis '{}' +
  exec gosu redis "$0" "$@"
fi

says_protected_mode() {
  for argument; do
    case $argument in
      --protected-mode) return 0 ;;
      *.conf) ! grep -qs '^[[:space:]]*protected-mode' "$argument" || return 0 ;;
    esac
  done
  return 1
}

if [ "${1:-}" = redis-server ]; then
  [ "$(umask)" != 0022 ] || umask 0077
  says_protected_mode "$@" || set -- "$@" --protected-mode no
fi
exec "$@"
