"""POST /jobs?count=N puts jobs into the queue, GET / counts what is done, and by how many workers."""
import os

import redis
from flask import Flask, request

app = Flask(__name__)
store = redis.Redis(os.environ['REDIS_HOST'], decode_responses=True)


@app.post('/jobs')
def add():
    count = int(request.args.get('count', 1))
    for number in range(count):
        store.xadd('jobs', {'number': number})
    return {'added': count}, 202


@app.get('/')
def show():
    results = store.hgetall('results')
    workers = {result.split()[0] for result in results.values()}
    return f'{len(results)} done by {len(workers)} workers, {store.xpending("jobs", "workers")["pending"]} pending\n'
