"""Fetches each commit of the queue and runs its test.sh."""
import os
import shutil
import subprocess

import redis

queue = redis.Redis(os.environ['REDIS_HOST'], decode_responses=True)
folder = '/work/commit'


def test(commit):
    shutil.rmtree(folder, ignore_errors=True)
    clone = ['git', 'clone', '--quiet', 'git://git/project.git', folder]
    subprocess.run(clone, check=True)
    subprocess.run(['git', '-C', folder, 'checkout', '--quiet', commit], check=True)
    return subprocess.run(['sh', 'test.sh'], cwd=folder, capture_output=True, text=True, timeout=60)


while True:
    _, commit = queue.blpop(['commits'])
    queue.hset('results', commit, 'running')
    result = test(commit)
    passed = 'passed' if result.returncode == 0 else f'failed with {result.returncode}'
    queue.hset('results', commit, f'{passed}: {result.stdout.strip()}')
