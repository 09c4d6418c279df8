// One key for each step: opens its form and goes to its first field, or takes it where it asks nothing.
const typing = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

export function keys(more = {}) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target)) return event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return undefined;
    if (document.querySelector("dialog[open]")) return undefined;
    const own = more[event.key];
    if (own) {
      event.preventDefault();
      return own();
    }
    const found = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!found || found.offsetParent === null) return undefined;
    event.preventDefault();
    return press(found);
  });
}

export function press(element) {
  if (element.tagName !== "SUMMARY") return element.click();
  const unfolded = element.parentElement;
  unfolded.open = true;
  const first = unfolded.querySelector("select, textarea, input:not([type=hidden])");
  return (first ?? element).focus();
}
