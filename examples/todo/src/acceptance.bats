# Checks the running web server from outside. APP_URL says where it is.

setup() {
  url=${APP_URL:-localhost:8000}
  curl -fs -X DELETE "$url/todos"
  item='{"title": "Wash the car", "order": 1}'
}

create() {
  curl -fs -X POST -H 'Content-Type: application/json' -d "$1" "$url/todos"
}

@test "there are no items at first" {
  run curl -fs "$url/todos"
  [ "$status" -eq 0 ]
  [ "$(jq length <<<"$output")" -eq 0 ]
}

@test "an item can be created and read" {
  address=$(create "$item" | jq -r .url)
  [ "$(curl -fs "$address" | jq -r .title)" = 'Wash the car' ]
}

@test "an item can be completed" {
  address=$(create "$item" | jq -r .url)
  curl -fs -X PATCH -H 'Content-Type: application/json' -d '{"completed": true}' "$address"
  [ "$(curl -fs "$address" | jq .completed)" = true ]
}

@test "an item can be deleted" {
  address=$(create "$item" | jq -r .url)
  curl -fs -X DELETE "$address"
  [ "$(curl -s -o /dev/null -w '%{http_code}' "$address")" -eq 404 ]
}

@test "items are kept by the database, whichever process answers" {
  for n in 1 2 3 4 5 6 7 8; do create "{\"title\": \"item $n\"}"; done
  for _ in 1 2 3 4 5 6 7 8; do
    [ "$(curl -fs "$url/todos" | jq length)" -eq 8 ]
  done
}

@test "static files are served from the volume" {
  curl -fs "$url/static/rest_framework/css/bootstrap.min.css" | grep -q bootstrap
}
