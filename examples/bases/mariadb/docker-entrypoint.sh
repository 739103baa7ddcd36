#!/bin/bash
# Starts the server; at the first start makes the system tables and users and runs /docker-entrypoint-initdb.d.
# The settings are those of the official images, under both names (MARIADB_X before MYSQL_X, each also as X_FILE):
# ROOT_PASSWORD, ALLOW_EMPTY_ROOT_PASSWORD (MYSQL_ALLOW_EMPTY_PASSWORD), RANDOM_ROOT_PASSWORD, ROOT_HOST, DATABASE, USER,
# PASSWORD, INITDB_SKIP_TZINFO.
set -Eeuo pipefail

say() {
  printf '%(%Y-%m-%d %H:%M:%S)T [Note] [Entrypoint]: %s\n' -1 "$*"
}

fail() {
  printf '%(%Y-%m-%d %H:%M:%S)T [ERROR] [Entrypoint]: %s\n' -1 "$*" >&2
  exit 1
}

# setting NAME [DEFAULT]: sets NAME from MARIADB_NAME, MYSQL_NAME, the file that one of them names with _FILE, or the default
setting() {
  local name=$1 value=${2:-} prefix plain file
  for prefix in MYSQL MARIADB; do
    plain=${prefix}_$name file=${prefix}_${name}_FILE
    [[ -z ${!plain:-} || -z ${!file:-} ]] || fail "both $plain and $file are set (they exclude each other)"
    [[ -z ${!plain:-} ]] || value=${!plain}
    [[ -z ${!file:-} ]] || value=$(<"${!file}")
  done
  printf -v "$name" %s "$value"
}

read_settings() {
  setting ROOT_PASSWORD
  setting ALLOW_EMPTY_ROOT_PASSWORD "${MYSQL_ALLOW_EMPTY_PASSWORD:-}"
  setting RANDOM_ROOT_PASSWORD
  setting ROOT_HOST %
  setting DATABASE
  setting USER
  setting PASSWORD
  setting INITDB_SKIP_TZINFO
}

check_settings() {
  [[ -n $ROOT_PASSWORD$ALLOW_EMPTY_ROOT_PASSWORD$RANDOM_ROOT_PASSWORD ]] || fail \
    'Database is uninitialized and password option is not specified.' \
    'Set MARIADB_ROOT_PASSWORD, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD or MARIADB_RANDOM_ROOT_PASSWORD.'
  [[ $USER != root ]] || fail 'MARIADB_USER cannot be root: it is there already'
  [[ -z $USER || -n $PASSWORD ]] || fail 'MARIADB_USER needs MARIADB_PASSWORD'
}

# Options that only MySQL knows would stop this server.
drop_foreign_options() {
  command_line=()
  local option
  for option; do
    case $option in
      --default-authentication-plugin=* | --default_authentication_plugin=* | --mysql-native-password=*) say "ignoring $option" ;;
      *) command_line+=("$option") ;;
    esac
  done
}

# The value that the server, started with these options, would use.
server_value() {
  local name=$1
  shift
  "$@" --verbose --help 2>/dev/null | awk -v name="$name" 'index($0, name " ") == 1 { print $2 }'
}

text() {
  local value=${1//\\/\\\\}
  printf "'%s'" "${value//\'/\\\'}"
}

sql() {
  MYSQL_PWD=$root_password mariadb --protocol=socket --socket="$socket" --user=root --skip-ssl --database=mysql "$@"
}

start_temporary_server() {
  "$@" --skip-networking --socket="$socket" --loose-innodb_buffer_pool_load_at_startup=0 --skip-ssl --wsrep-on=OFF &
  server=$!
  local _
  for _ in {1..150}; do
    ! mariadb-admin --protocol=socket --socket="$socket" --user=root ping >/dev/null 2>&1 || return 0
    kill -0 $server 2>/dev/null || fail 'the temporary server ended; the lines above say why'
    sleep 0.2
  done
  fail 'the temporary server does not answer'
}

stop_temporary_server() {
  kill "$server"
  wait "$server"
}

set_users() {
  [[ -z $RANDOM_ROOT_PASSWORD ]] || {
    ROOT_PASSWORD=$(pwgen --numerals --capitalize --symbols --remove-chars="'\\\\" -1 32)
    say "GENERATED ROOT PASSWORD: $ROOT_PASSWORD"
  }
  {
    echo 'SET @@SESSION.SQL_LOG_BIN = 0; SET @@SESSION.SQL_MODE = REPLACE(@@SESSION.SQL_MODE, "NO_BACKSLASH_ESCAPES", "");'
    echo 'DROP DATABASE IF EXISTS test;'
    echo "DELETE FROM mysql.global_priv WHERE User <> 'mariadb.sys' AND NOT (User = 'root' AND Host = 'localhost');"
    echo 'FLUSH PRIVILEGES;'
    [[ -z $ROOT_HOST || $ROOT_HOST == localhost ]] || {
      echo "CREATE USER root@$(text "$ROOT_HOST") IDENTIFIED BY $(text "$ROOT_PASSWORD");"
      echo "GRANT ALL ON *.* TO root@$(text "$ROOT_HOST") WITH GRANT OPTION;"
    }
    [[ -z $DATABASE ]] || echo "CREATE DATABASE IF NOT EXISTS \`${DATABASE//\`/\`\`}\`;"
    [[ -z $USER ]] || echo "CREATE USER $(text "$USER")@'%' IDENTIFIED BY $(text "$PASSWORD");"
    [[ -z $USER || -z $DATABASE ]] || {
      local pattern=${DATABASE//\`/\`\`}
      echo "GRANT ALL ON \`${pattern//_/\\_}\`.* TO $(text "$USER")@'%';"
    }
    echo "ALTER USER root@localhost IDENTIFIED BY $(text "$ROOT_PASSWORD");"
  } | sql
  root_password=$ROOT_PASSWORD
}

run_init_files() {
  local file database=(${DATABASE:+"--database=$DATABASE"})
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh)
        say "running $file"
        # shellcheck disable=SC1090
        if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
      *.sql) say "running $file"; sql "${database[@]}" <"$file" ;;
      *.sql.gz) say "running $file"; gunzip -c "$file" | sql "${database[@]}" ;;
      *.sql.xz) say "running $file"; xzcat "$file" | sql "${database[@]}" ;;
      *.sql.zst) say "running $file"; zstd -dc "$file" | sql "${database[@]}" ;;
      *'/*') ;;
      *) say "ignoring $file" ;;
    esac
  done
}

initialise() {
  check_settings
  say 'Initializing database files'
  mariadb-install-db --no-defaults --datadir="$data" --rpm --auth-root-authentication-method=normal \
    --skip-test-db --skip-name-resolve --cross-bootstrap >/dev/null
  root_password=
  start_temporary_server "$@"
  [[ -n $INITDB_SKIP_TZINFO ]] || mariadb-tzinfo-to-sql /usr/share/zoneinfo 2>/dev/null | sql
  set_users
  run_init_files
  stop_temporary_server
  say 'MariaDB init process done. Ready for start up.'
}

wants_server() {
  [[ $1 == mariadbd || $1 == mysqld ]] || return 1
  local argument
  for argument; do
    case $argument in
      -'?' | --help | --print-defaults | -V | --version) return 1 ;;
    esac
  done
}

[[ ${1:-} != -* ]] || set -- mariadbd "$@"
if wants_server "$@"; then
  drop_foreign_options "$@"
  set -- "${command_line[@]}"
  data=$(server_value datadir "$@")
  socket=$(server_value socket "$@")
  [[ $data == /* && $socket == /* ]] || fail "the server does not take these options: $*"
  mkdir -p "$data" "$(dirname "$socket")"
  if [[ $(id -u) == 0 ]]; then
    find "$data" "$(dirname "$socket")" \! -user mysql -exec chown mysql: '{}' +
    exec gosu mysql "${BASH_SOURCE[0]}" "$@"
  fi
  read_settings
  [[ -d $data/mysql ]] || initialise "$@"
fi
exec "$@"
