import asyncio
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import asyncpg
import redis

cache = redis.Redis.from_url(os.environ['REDIS_URL'])


async def ask_database(*statements):
    connection = await asyncpg.connect(os.environ['DATABASE_URL'])
    try:
        for statement in statements:
            answer = await connection.fetchval(statement)
        return answer
    finally:
        await connection.close()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        rows = asyncio.run(ask_database('insert into visits default values', 'select count(*) from visits'))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f'Postgres has {rows} visits, Redis counted {cache.incr("visits")}\n'.encode())


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
asyncio.run(ask_database('create table if not exists visits (id serial primary key, at timestamptz default now())'))
ThreadingHTTPServer(('0.0.0.0', 8080), Answer).serve_forever()
