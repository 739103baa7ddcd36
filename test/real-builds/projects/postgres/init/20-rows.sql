insert into task (title) values ('write'), ('read');
