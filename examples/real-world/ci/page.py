"""GET / shows the result of each commit."""
import os

import redis
from flask import Flask

app = Flask(__name__)
queue = redis.Redis(os.environ['REDIS_HOST'], decode_responses=True)


@app.get('/')
def show():
    return ''.join(f'{commit[:8]} {result}\n' for commit, result in queue.hgetall('results').items()) or 'no commits yet\n'
