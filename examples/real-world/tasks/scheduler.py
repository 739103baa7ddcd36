"""Makes a task each second, as a cron of the application's own."""
import time

from connections import broker, query

while True:
    [(number,)] = query("INSERT INTO tasks (text, origin) VALUES ('clean up', 'scheduler') RETURNING id")
    broker.lpush('tasks', number)
    time.sleep(1)
