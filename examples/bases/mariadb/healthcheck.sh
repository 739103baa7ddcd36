#!/bin/bash
# The checks of the official image that health checks in Compose files ask for:
#   healthcheck.sh [--connect] [--innodb_initialized]
# With no arguments, --connect. A server that answers over TCP is the final one: the temporary one has no network.
set -eu

connect() {
  local answer
  answer=$(mariadb --user=healthcheck --host=127.0.0.1 --protocol=tcp --connect-timeout=2 -e 'select 1' 2>&1) || true
  [[ $answer == 1* || $answer == *'Access denied'* ]]
}

innodb_initialized() {
  connect && ls /var/lib/mysql/ibdata1 >/dev/null 2>&1
}

[[ $# -gt 0 ]] || set -- --connect
for check; do
  case $check in
    --connect) connect ;;
    --innodb_initialized) innodb_initialized ;;
    *) echo "healthcheck.sh: unknown check $check" >&2; exit 1 ;;
  esac
done
