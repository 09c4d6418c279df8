// Office phrases under a text field: a click, or Alt with a digit while typing in it.
export function phrases() {
  for (const group of document.querySelectorAll(".phrases")) group.hidden = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".phrase");
    if (button) insert(button);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !/^Digit[1-9]$/.test(event.code)) return;
    const group = document.querySelector(`.phrases[data-into="${CSS.escape(event.target.id)}"]`);
    const button = group?.querySelectorAll(".phrase")[Number(event.code.at(-1)) - 1];
    if (!button) return;
    event.preventDefault();
    insert(button);
  });
}

function insert(button) {
  const field = document.getElementById(button.parentElement.dataset.into);
  const said = button.firstChild.textContent.trim();
  field.setRangeText(said, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}
