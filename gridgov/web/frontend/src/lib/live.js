// What others changed, within seconds, without touching what is being typed.
// Pages are asked for again as a whole and compared with what stands; only what differs is changed.
const EVERY_MS = 3000;

// `mark` is what the page was written from, so that nothing is missed before the first look.
export function watch(address, mark, changed, lost = () => {}) {
  let known = mark;
  let busy = false;
  let over = false;
  async function look() {
    if (busy || over || document.hidden) return;
    busy = true;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const now = (await answer.json()).mark;
        if (now !== known) await changed();
        known = now; // only once it is shown
      } else if (answer.status === 404) {
        over = true;
        lost();
      }
    } catch {
      // No network for a moment: asked again in three seconds.
    } finally {
      busy = false;
    }
  }
  look();
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
}

export async function again(address = location.href) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

const FIELD = /^(INPUT|TEXTAREA|SELECT)$/;

export function dirty(element) {
  const fields = element.matches?.("input, textarea, select")
    ? [element]
    : [...(element.querySelectorAll?.("input, textarea, select") ?? [])];
  return fields.some((field) => {
    if (field.type === "hidden" || field.type === "checkbox" || field.type === "radio") return false;
    if (field.tagName === "SELECT") {
      const first = [...field.options].findIndex((one) => one.defaultSelected);
      return field.selectedIndex !== Math.max(first, 0);
    }
    return field.value !== field.defaultValue;
  });
}

const inUse = (node) =>
  node.nodeType === 1 &&
  ((node.contains(document.activeElement) && FIELD.test(document.activeElement.tagName)) ||
    dirty(node));

const keyOf = (node) =>
  node.nodeType === 1 ? node.id || (node.dataset.step && `step-${node.dataset.step}`) || null : null;

// Make `old` what `fresh` is, leaving in place what has the same key, what somebody types in, what
// they have unfolded and ticked, and where the focus is.
export function morph(old, fresh) {
  if (old.dataset?.keep !== undefined) return;
  if (old.nodeType !== 1) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  attributes(old, fresh);
  if (old.tagName === "TEXTAREA" || (old.tagName === "SELECT" && inUse(old))) return;
  const keyed = new Map();
  for (const node of old.childNodes) if (keyOf(node)) keyed.set(keyOf(node), node);
  const kept = new Set();
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const match = keyOf(wanted) ? keyed.get(keyOf(wanted)) : alike(at, wanted);
    if (!match) {
      const made = document.importNode(wanted, true);
      old.insertBefore(made, at);
      kept.add(made);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else if (match.contains(document.activeElement)) {
      // Moving it would take the focus, and break what an input method is composing.
      while (at !== match) {
        const next = at.nextSibling;
        old.insertBefore(at, match.nextSibling);
        at = next;
      }
      at = match.nextSibling;
    } else old.insertBefore(match, at);
    kept.add(match);
    morph(match, wanted);
  }
  for (const node of [...old.childNodes]) {
    if (kept.has(node)) continue;
    if (inUse(node)) node.classList.add("gone");
    else node.remove();
  }
}

function alike(node, wanted) {
  const same = node && node.nodeType === wanted.nodeType && node.nodeName === wanted.nodeName;
  return same && !keyOf(node) ? node : null;
}

const KEPT = new Set(["open", "hidden", "aria-expanded", "data-sent"]);

function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!KEPT.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    // A field's value is what somebody typed; a hidden one's is the page's own.
    const typed = name === "value" && FIELD.test(old.tagName) && old.type !== "hidden";
    if (typed && old.type !== "checkbox") continue;
    if (!KEPT.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}
