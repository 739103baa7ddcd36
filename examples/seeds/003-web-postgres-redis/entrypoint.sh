#!/bin/sh
# Waits until the services that the application needs answer on their ports, then becomes the application.
set -e

wait_for() {
  python - "$1" "$2" <<'END'
import socket, sys, time

for attempt in range(150):
    try:
        socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close()
        sys.exit()
    except OSError:
        time.sleep(0.2)
sys.exit(f'{sys.argv[1]}:{sys.argv[2]} does not answer')
END
}

wait_for db 5432
wait_for redis 6379
exec python app.py
