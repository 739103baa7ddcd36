#!/bin/sh
# Runs once, when the database is made.
set -eu
psql --quiet --username postgres --command "CREATE ROLE replicator REPLICATION LOGIN PASSWORD '$REPLICATION_PASSWORD'"
echo 'host replication replicator all scram-sha-256' >>"$PGDATA/pg_hba.conf"
