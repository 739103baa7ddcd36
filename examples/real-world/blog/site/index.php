<?php
// GET lists the posts, POST with text adds one.
$db = new PDO(getenv('DSN'));
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $db->prepare('INSERT INTO posts (text) VALUES (?)')->execute([$_POST['text']]);
    http_response_code(201);
    exit;
}
foreach ($db->query('SELECT text FROM posts ORDER BY id DESC') as $post) {
    echo '<article>', htmlspecialchars($post['text']), "</article>\n";
}
