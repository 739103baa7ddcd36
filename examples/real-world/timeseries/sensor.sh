#!/bin/sh
# Publishes a measurement of its own every tenth of a second.
number=0
while true; do
  number=$((number + 1))
  echo "$((number % 10))"
  sleep 0.1
done | mosquitto_pub --host broker --topic "sensors/$(hostname)" --stdin-line
