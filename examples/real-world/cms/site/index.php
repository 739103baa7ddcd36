<?php
// GET /SLUG shows a page, POST /SLUG with title and body writes it.
$password = trim(file_get_contents(getenv('DB_PASSWORD_FILE')));
$db = new PDO('mysql:host=' . getenv('DB_HOST') . ';dbname=' . getenv('DB_NAME'), getenv('DB_USER'), $password);
$slug = trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/') ?: 'home';

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $db->prepare('REPLACE INTO pages VALUES (?, ?, ?)')->execute([$slug, $_POST['title'], $_POST['body']]);
    header("Location: /$slug", true, 303);
    exit;
}
$query = $db->prepare('SELECT title, body FROM pages WHERE slug = ?');
$query->execute([$slug]);
$page = $query->fetch() ?: ['title' => 'Not found', 'body' => 'There is no such page.'];
if ($page['title'] === 'Not found') http_response_code(404);
printf("<h1>%s</h1>\n<p>%s</p>\n", htmlspecialchars($page['title']), htmlspecialchars($page['body']));
