/**
 * What a page does beyond links and forms: it follows the event stream, sends a form into a region, copies, and
 * restores a snapshot. Served as it stands here, so it uses no backtick and no dollar sign before a brace.
 */
export const script = `const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const parsed = (html) => new DOMParser().parseFromString(html, 'text/html');

// The clipboard is there on https and localhost only; elsewhere the text is selected.
function arm(within) {
  for (const one of all('[data-copy], [data-restore]', within)) one.hidden = false;
}
arm(document);
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  const area = document.getElementById(button.dataset.copy);
  const before = button.textContent;
  let isCopied = true;
  area.select();
  try {
    await navigator.clipboard.writeText(area.value);
  } catch {
    isCopied = document.execCommand('copy');
  }
  button.textContent = isCopied ? document.body.dataset.copied : document.body.dataset.copyByHand;
  setTimeout(() => { button.textContent = before; }, 2500);
});

// Forms whose answer belongs into a region of the page.
document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (form.dataset.restore) {
    event.preventDefault();
    const note = find('[role=alert]', form);
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(form.dataset.restore, { method: 'PUT', headers, body: form.elements.file.files[0] });
    if (answer.ok) location.assign(form.dataset.then);
    else {
      note.hidden = false;
      const { detail = String(answer.status) } = await answer.json().catch(() => ({}));
      note.textContent = note.dataset.failed + '. ' + detail;
    }
    return;
  }
  if (!form.dataset.into) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form));
  if (event.submitter?.name) fields.set(event.submitter.name, event.submitter.value);
  form.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(form.action, { method: 'POST', body: fields });
    swap(parsed(await answer.text()), form.dataset.into);
  } catch {
    form.submit();
  }
  form.removeAttribute('aria-busy');
});
function swap(page, id) {
  const [fresh, region] = [page.getElementById(id) || find('main', page), document.getElementById(id)];
  if (!fresh || !region) return;
  // A page that could not do it says why above its content.
  const alert = find('main > .note.bad', page);
  if (alert && fresh.id === id) fresh.prepend(alert);
  const focusable = 'a, button, input, [tabindex]';
  const at = region.contains(document.activeElement) ? all(focusable, region).indexOf(document.activeElement) : -1;
  region.replaceWith(document.adoptNode(fresh));
  arm(fresh);
  showPresent(fresh);
  if (at >= 0) all(focusable, fresh)[at]?.focus({ preventScroll: true });
}

// The clock of the workspace goes on, and a chart that is wider than its place shows the present state.
setInterval(() => {
  const time = find('.clock:not(.frozen) time');
  if (!time) return;
  time.since ??= Date.now() - Date.parse(time.textContent.replace(' ', 'T') + 'Z');
  time.textContent = new Date(Date.now() - time.since).toISOString().slice(0, 19).replace('T', ' ');
}, 1000);
function showPresent(within) {
  for (const present of all('.node.present', within)) {
    const box = present.closest('.scroll');
    const [inner, outer] = [present.getBoundingClientRect(), box.getBoundingClientRect()];
    box.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  }
}
showPresent(document);

// Regions that show the present are fetched again, at most twice a second.
let refreshing;
function refresh() {
  refreshing ??= setTimeout(async () => {
    refreshing = undefined;
    const answer = await fetch(location.href).catch(() => undefined);
    if (!answer?.ok) return;
    const page = parsed(await answer.text());
    for (const { id } of all('[data-refresh]')) swap(page, id);
    for (const name of ['.clock', '#calls']) {
      const fresh = find(name, page);
      if (fresh && find(name)) find(name).replaceWith(document.adoptNode(fresh));
    }
  }, 500);
}
const followed = find('[data-stream]');
const state = find('#live-state');
const pause = find('#live-pause');
let isPaused = false;
let waiting = new Map();
function place(id, row) {
  const list = find('#calls');
  const before = document.getElementById(id);
  if (before?.contains(document.activeElement)) {
    const href = document.activeElement.getAttribute('href');
    before.replaceWith(row);
    all('a', row).find((link) => link.getAttribute('href') === href)?.focus({ preventScroll: true });
  } else if (before) before.replaceWith(row);
  else {
    list.prepend(row);
    while (list.children.length > 200) list.lastElementChild.remove();
  }
  find('#empty')?.remove();
}
function say(word) {
  if (state) {
    state.textContent = state.dataset[word];
    state.className = word;
  }
  const counter = find('#live-waiting');
  if (counter) counter.textContent = waiting.size > 0 ? waiting.size + ' ' + counter.dataset.text : '';
}
function follow() {
  find('.follow')?.removeAttribute('hidden');
  let source = new EventSource(followed.dataset.stream);
  const tell = () => say(isPaused ? 'paused' : source.readyState === EventSource.OPEN ? 'live' : 'offline');
  const listen = () => {
    source.onopen = tell;
    source.onerror = tell;
    source.addEventListener('call', ({ data }) => {
      if (!find('#calls')) return refresh();
      const row = find('li', parsed('<ol>' + data + '</ol>'));
      if (isPaused) waiting.set(row.id, row);
      else place(row.id, document.adoptNode(row));
      tell();
    });
    for (const type of ['order', 'refresh', 'gap']) {
      source.addEventListener(type, () => {
        const isInRows = type === 'order' && find('#calls');
        if (!isPaused && !isInRows) refresh();
      });
    }
  };
  listen();
  pause?.addEventListener('click', () => {
    isPaused = !isPaused;
    pause.textContent = isPaused ? pause.dataset.resume : pause.dataset.pause;
    pause.setAttribute('aria-pressed', String(isPaused));
    if (!isPaused) for (const [id, row] of waiting) place(id, document.adoptNode(row));
    if (!isPaused) waiting = new Map();
    tell();
  });
  // A browser opens six connections to a host: a page that nobody looks at gives its own back.
  document.addEventListener('visibilitychange', () => {
    source.close();
    if (document.hidden) return;
    source = new EventSource(followed.dataset.stream);
    listen();
    if (!isPaused) refresh();
  });
}
if (followed) follow();
`;
