#!/bin/sh
# The first start copies the primary; all starts follow it.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  PGPASSWORD=$REPLICATION_PASSWORD pg_basebackup --host primary --username replicator --pgdata "$PGDATA" \
    --wal-method stream --checkpoint fast --write-recovery-conf
  chmod 700 "$PGDATA"
fi
exec postgres -c hot_standby=on
