// What every page has: the look, focus on what is wrong, dialogs, one press per form, kept words.
import "./base.css";
import { keeping } from "./lib/kept.js";
import { start } from "./lib/offline.js";

start();
keeping();

const wrong = document.querySelector("[data-focus]");
if (wrong) wrong.focus();

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (dialog?.showModal) {
    event.preventDefault();
    dialog.showModal();
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Pressed twice is meant once. A form that a script sends itself has prevented this event.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
