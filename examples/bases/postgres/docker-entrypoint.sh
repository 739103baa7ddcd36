#!/bin/bash
# Starts postgres; at the first start makes the database cluster and runs /docker-entrypoint-initdb.d.
# The settings are those of the official image: POSTGRES_PASSWORD, _USER, _DB, _INITDB_ARGS, _INITDB_WALDIR,
# _HOST_AUTH_METHOD, PGDATA, and for the first four a name with _FILE that says which file holds the value.
set -Eeuo pipefail

say() {
  printf '%s\n' "$*"
}

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# file_env NAME [DEFAULT]: sets NAME from NAME, from the file that NAME_FILE names, or from the default
file_env() {
  local name=$1 file_name=$1_FILE value=${2:-}
  [[ -z ${!name:-} || -z ${!file_name:-} ]] || fail "both $name and $file_name are set (they exclude each other)"
  if [[ -n ${!name:-} ]]; then
    value=${!name}
  elif [[ -n ${!file_name:-} ]]; then
    value=$(<"${!file_name}")
  fi
  export "$name=$value"
  unset "$file_name"
}

make_folders() {
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 00700 "$PGDATA" 2>/dev/null || true
  chmod 03775 /var/run/postgresql 2>/dev/null || true
  [[ -z ${POSTGRES_INITDB_WALDIR:-} ]] || { mkdir -p "$POSTGRES_INITDB_WALDIR" && chmod 700 "$POSTGRES_INITDB_WALDIR"; }
  [[ $(id -u) == 0 ]] || return 0
  local folder
  for folder in "$PGDATA" /var/run/postgresql ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"}; do
    find "$folder" \! -user postgres -exec chown postgres '{}' +
  done
}

check_settings() {
  [[ -n $POSTGRES_PASSWORD || $POSTGRES_HOST_AUTH_METHOD == trust ]] || fail \
    'Database is uninitialized and superuser password is not specified.' \
    'Set POSTGRES_PASSWORD to a value that is not empty, or POSTGRES_HOST_AUTH_METHOD=trust to let anyone in without a password.'
  [[ $POSTGRES_HOST_AUTH_METHOD != trust ]] || say 'warning: POSTGRES_HOST_AUTH_METHOD is trust: anyone who reaches the port may read and change all'
}

make_cluster() {
  local arguments=()
  eval "arguments=($POSTGRES_INITDB_ARGS)"
  [[ -z ${POSTGRES_INITDB_WALDIR:-} ]] || arguments+=(--waldir "$POSTGRES_INITDB_WALDIR")
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${arguments[@]}"
}

allow_hosts() {
  local method=$POSTGRES_HOST_AUTH_METHOD
  [[ -n $method ]] || method=$("$@" -C password_encryption)
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
}

# The temporary server is reached only by its socket.
temporary_server() {
  local action=$1
  shift
  if [[ $action == start ]]; then
    PGUSER=${PGUSER:-$POSTGRES_USER} pg_ctl -D "$PGDATA" -o "$(printf '%q ' "$@" -c listen_addresses= -p "${PGPORT:-5432}")" -w start
  else
    pg_ctl -D "$PGDATA" -m fast -w stop
  fi
}

sql() {
  PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc "$@"
}

make_database() {
  local there
  there=$(sql --dbname postgres --set db="$POSTGRES_DB" --tuples-only <<<"SELECT 1 FROM pg_database WHERE datname = :'db';")
  [[ -n $there ]] || sql --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
}

run_init_files() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh)
        say "$0: running $file"
        # shellcheck disable=SC1090
        if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
      *.sql) say "$0: running $file"; sql --dbname "$POSTGRES_DB" -f "$file" ;;
      *.sql.gz) say "$0: running $file"; gunzip -c "$file" | sql --dbname "$POSTGRES_DB" ;;
      *.sql.xz) say "$0: running $file"; xzcat "$file" | sql --dbname "$POSTGRES_DB" ;;
      *.sql.zst) say "$0: running $file"; zstd -dc "$file" | sql --dbname "$POSTGRES_DB" ;;
      *'/*') ;;
      *) say "$0: ignoring $file" ;;
    esac
  done
}

initialise() {
  check_settings
  make_cluster
  allow_hosts "$@"
  export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
  temporary_server start "${@:2}" # without the command's name
  make_database
  run_init_files
  temporary_server stop
  unset PGPASSWORD
  say
  say 'PostgreSQL init process complete; ready for start up.'
  say
}

wants_server() {
  [[ $1 == postgres ]] || return 1
  local argument
  for argument; do
    case $argument in
      -'?' | --help | --describe-config | -V | --version | -C) return 1 ;;
    esac
  done
}

[[ ${1:-} != -* ]] || set -- postgres "$@"
if wants_server "$@"; then
  make_folders
  [[ $(id -u) != 0 ]] || exec gosu postgres "${BASH_SOURCE[0]}" "$@"
  file_env POSTGRES_PASSWORD
  file_env POSTGRES_USER postgres
  file_env POSTGRES_DB "$POSTGRES_USER"
  file_env POSTGRES_INITDB_ARGS
  : "${POSTGRES_HOST_AUTH_METHOD:=}"
  if [[ -s $PGDATA/PG_VERSION ]]; then
    say
    say 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
    say
  else
    initialise "$@"
  fi
fi
exec "$@"
