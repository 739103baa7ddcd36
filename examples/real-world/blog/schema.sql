CREATE TABLE posts (id serial PRIMARY KEY, text text NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO posts (text) VALUES ('The first post');
