"""Does the tasks whose numbers come over the broker."""
from connections import broker, query

while True:
    _, number = broker.brpop('tasks')
    query('UPDATE tasks SET done = true WHERE id = %s', number)
    print(f'task {number} is done')
