#!/usr/bin/env bash
# curl, told what to send by lines of stdin; test/clients.test.ts says how. One curl sends all requests of a line, so that
# it may use its connection again; --fail-early lets its first error be the last.
while IFS=$'\t' read -r _ ms rest; do
  IFS=$'\t' read -ra parts <<<"$rest"
  requests=()
  for ((at = 0; at < ${#parts[@]}; at += 2)); do
    ((at > 0)) && requests+=(--next)
    requests+=(-sS --noproxy '*' --max-time "$((ms / 1000))" -H 'Content-Type: application/json'
      --data-raw "${parts[at + 1]}" -o /dev/null -w '%{http_code} %{size_download}\t' "${parts[at]}")
  done
  told=$(curl -q --fail-early "${requests[@]}" 2>/dev/null)
  code=$?
  told=${told%$'\t'}
  # It also writes the numbers of the request that failed.
  if ((code > 0)); then told="${told%"${told##*$'\t'}"}exit $code"; fi
  printf '%s\n' "$told"
done
