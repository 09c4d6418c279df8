// A field with suggestions under it, by keyboard: down, up, Enter, Escape (ARIA's combobox).
// `find(words)` gives [{label, hint, …}], or a promise of them; `chosen` is called with one.
export function combobox(input, list, { find, chosen }) {
  let shown = [];
  let at = -1;
  let asked = 0;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);

  function close() {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(to) {
    at = (to + shown.length) % shown.length;
    [...list.children].forEach((line, i) => line.setAttribute("aria-selected", String(i === at)));
    input.setAttribute("aria-activedescendant", `${list.id}-${at}`);
    list.children[at].scrollIntoView({ block: "nearest" });
  }

  function take(one) {
    close();
    chosen(one);
  }

  function show(found) {
    shown = found;
    at = -1;
    list.replaceChildren(
      ...found.map((one, i) => {
        const line = document.createElement("li");
        line.id = `${list.id}-${i}`;
        line.setAttribute("role", "option");
        line.setAttribute("aria-selected", "false");
        const label = document.createElement("span");
        label.textContent = one.label;
        const hint = document.createElement("small");
        hint.textContent = one.hint ?? "";
        line.append(label, hint);
        // Before the field loses the focus, which would close the list.
        line.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(one);
        });
        return line;
      }),
    );
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
  }

  async function ask() {
    const mine = ++asked;
    const words = input.value.trim();
    const found = words ? await find(words) : [];
    // A slower answer to fewer letters must not replace what is asked for now.
    if (mine === asked && document.activeElement === input) show(found);
  }

  input.addEventListener("input", ask);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && !event.ctrlKey && at >= 0) take(shown[at]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
