// Signing out: says what would be lost, then leaves nothing of anybody in this browser.
import { unsent } from "./queue.js";
import { empty } from "./store.js";
import { t } from "./words.js";

export function leaving() {
  for (const form of document.querySelectorAll("form[data-sign-out], form[action='/sign-out']")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const waiting = await unsent().catch(() => []);
      if (waiting.length && !(await agreed(waiting.length))) return;
      await wipe();
      form.submit();
    });
  }
}

export async function wipe() {
  await empty().catch(() => {});
  localStorage.clear();
  sessionStorage.clear();
  const worker = navigator.serviceWorker?.controller;
  worker?.postMessage({ wipe: true });
  if (!self.caches) return;
  const names = await caches.keys().catch(() => []);
  await Promise.all(names.filter((one) => one.startsWith("pages-")).map((one) => caches.delete(one)));
}

function agreed(n) {
  const dialog = document.createElement("dialog");
  const title = document.createElement("h2");
  title.id = "leave-title";
  title.textContent = t("%(n)s not sent yet", { n });
  dialog.setAttribute("aria-labelledby", title.id);
  const text = document.createElement("p");
  text.textContent = t("Signing out deletes from this device what has not been sent. It is then lost.");
  const row = document.createElement("p");
  row.className = "row end";
  const made = [
    ["button", t("Stay signed in"), ""],
    ["button danger", t("Delete it and sign out"), "yes"],
  ].map(([kind, label, value]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = kind;
    button.textContent = label;
    button.addEventListener("click", () => dialog.close(value));
    return button;
  });
  row.append(...made);
  dialog.append(title, text, row);
  document.body.append(dialog);
  if (!dialog.showModal) {
    dialog.remove();
    return Promise.resolve(confirm(text.textContent));
  }
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
