CREATE TABLE pages (
  slug VARCHAR(100) PRIMARY KEY,
  title VARCHAR(200) NOT NULL,
  body TEXT NOT NULL
);
INSERT INTO pages VALUES ('home', 'Home', 'Nothing is written yet.');
