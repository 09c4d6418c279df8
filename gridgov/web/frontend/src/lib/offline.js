// What every page does about the network: sends what waits, says how that stands, keeps pages.
import { intercept } from "./steps.js";
import { leaving } from "./leave.js";
import { drain, listen, unsent } from "./queue.js";
import { prune } from "./store.js";
import { t } from "./words.js";

export const who = () => document.documentElement.dataset.who ?? "";

export const send = () => drain(who()).catch(() => {});

export function start() {
  if (!self.indexedDB || !self.crypto?.getRandomValues) return;
  // Before the page is whole: what the worker says meanwhile is told then, and never again.
  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    if (data?.who !== undefined && data.who !== who()) location.reload();
  });
  leaving();
  intercept(who, send);
  listen(show);
  addEventListener("online", () => {
    show();
    send();
  });
  addEventListener("offline", show);
  document.addEventListener("visibilitychange", () => document.hidden || send());
  show();
  prune().catch(() => {});
  send();
  // After the page itself has come: a slow line carries one thing at a time.
  if (document.readyState === "complete") keepPages();
  else addEventListener("load", keepPages);
}

// A small mark at the edge, which covers nothing that is to be pressed.
async function show() {
  const waiting = await unsent().catch(() => []);
  const wrong = waiting.filter((one) => one.state !== "waiting").length;
  const said = [];
  if (!navigator.onLine) said.push(t("Offline"));
  if (waiting.length > wrong) said.push(t("%(n)s not sent yet", { n: waiting.length - wrong }));
  if (wrong) said.push(t("%(n)s not taken", { n: wrong }));
  if (waiting.some((one) => one.waits === "sign-in")) said.push(t("sign in again to send"));
  let mark = document.getElementById("queue-mark");
  if (!mark) {
    if (!said.length) return;
    mark = document.createElement("aside");
    mark.id = "queue-mark";
    mark.className = "queue-mark";
    mark.setAttribute("aria-label", t("What waits to be sent"));
    const link = document.createElement("a");
    link.href = "/outbox";
    const spoken = document.createElement("p");
    spoken.setAttribute("role", "status");
    spoken.append(link);
    mark.append(spoken);
    document.body.append(mark);
  }
  mark.hidden = !said.length || location.pathname === "/outbox";
  mark.querySelector("a").textContent = said.join(" · ");
  if (!navigator.onLine) document.documentElement.dataset.offline = "1";
  else delete document.documentElement.dataset.offline;
}

// WeChat's browser has no service worker: then pages need the network, and the queue still keeps.
async function keepPages() {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register("/worker.js", { scope: "/" });
    const ready = await navigator.serviceWorker.ready;
    const cases = [...document.querySelectorAll("#work a.case-main")].map((one) => one.pathname);
    const nav = [...document.querySelectorAll(".nav a")].map((one) => one.pathname);
    const own = nav.includes("/work") ? ["/work"] : [];
    if (nav.includes("/visits")) own.push("/visits", "/visits/new");
    const pages = [...new Set(["/report", "/outbox", ...own, ...cases.slice(0, 40)])];
    ready.active?.postMessage({ keep: pages });
    ready.sync?.register("queue").catch(() => {});
  } catch {
    // private browsing, or not allowed: then without
  }
}
