"""Takes jobs from the stream, one at a time. A job that a worker left unfinished is taken over by another."""
import os
import signal
import socket
import sys
import time

import redis

name = socket.gethostname()
store = redis.Redis(os.environ['REDIS_HOST'], decode_responses=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
try:
    store.xgroup_create('jobs', 'workers', id='0', mkstream=True)
except redis.ResponseError as error:
    if 'BUSYGROUP' not in str(error):
        raise


def work(job, fields):
    time.sleep(0.02)
    store.hset('results', job, f'{name} {int(fields["number"]) ** 2}')
    store.xack('jobs', 'workers', job)


while True:
    for job, fields in store.xautoclaim('jobs', 'workers', name, min_idle_time=1000, count=1)[1]:
        work(job, fields)
    for _, jobs in store.xreadgroup('workers', name, {'jobs': '>'}, count=1, block=200):
        for job, fields in jobs:
            work(job, fields)
