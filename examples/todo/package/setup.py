from setuptools import setup

setup(name='todo', version='1.0', description='A to-do list behind a REST API', packages=['todo', 'todo.migrations'])
