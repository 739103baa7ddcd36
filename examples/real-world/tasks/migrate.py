from connections import query

query("""
    CREATE TABLE IF NOT EXISTS tasks (
        id serial PRIMARY KEY, text text NOT NULL, origin text NOT NULL, done boolean NOT NULL DEFAULT false
    )
""")
print('the tables are up to date')
