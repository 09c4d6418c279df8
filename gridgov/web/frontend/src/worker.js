// Behind every page: keeps what can be opened without a network, and sends what waits.
//
// Built files never change under their names. Pages belong to whoever they were made for (the
// answer's X-GridGov-Who): they lie in a cache of that account, and as soon as a page of another
// account, or of nobody, comes by, that cache is gone.
import { drain } from "./lib/queue.js";

const { version, shell } = self.gridgov; // put above this by the server
const BUILT = `built-${version}`;
const PARK = "park";
const PAGES = "pages-";
const WHO = "X-GridGov-Who";
const PATIENCE_MS = 3500;
const FRESH_MS = 600_000;
const AT_ONCE = new Set(["/report"]); // a form, the same tomorrow
const KEPT = /^\/($|report$|outbox$|work$|visits$|visits\/new$|cases\/[\d-]+$)/;
const MAPS = /^\/api\/v1\/map\/(cells|grids)$/;
let wiped = 0;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(BUILT)
      .then((cache) => cache.addAll(shell))
      .then(() => Promise.allSettled(["cells", "grids"].map((one) => ofPark(`/api/v1/map/${one}`))))
      .then(() => self.skipWaiting()),
  );
});

// Kept pages load files of the build that they were made with: they are fetched anew before those go.
// A page that is open just now may still load parts of the build before this one, which the server
// has no more: those stay until the next build comes.
self.addEventListener("activate", (event) => {
  event.waitUntil(
    renew()
      .then(() => caches.keys())
      .then((names) => names.filter((one) => one.startsWith("built-") && one !== BUILT))
      .then((old) => Promise.all(old.slice(0, -1).map((one) => caches.delete(one))))
      .then(() => self.clients.claim()),
  );
});

async function renew() {
  for (const name of (await caches.keys()).filter((one) => one.startsWith(PAGES))) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) {
      await cache.delete(url);
      await keepAll([new URL(url).pathname]);
    }
  }
}

self.addEventListener("sync", (event) => {
  if (event.tag === "queue") event.waitUntil(sendAsWhoIsKept());
});

self.addEventListener("message", (event) => {
  if (event.data?.wipe) event.waitUntil(wipe());
  if (event.data?.keep) event.waitUntil(keepAll(event.data.keep));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method === "POST" && url.pathname === "/preferences") {
    event.respondWith(preferred(event));
    return;
  }
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(built(request));
  else if (MAPS.test(url.pathname)) event.respondWith(park(event));
  else if (request.mode === "navigate") event.respondWith(page(event, url));
});

async function built(request) {
  const kept = await caches.match(request.url);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(BUILT)).put(request.url, answer.clone());
  return answer;
}

// The park's map as last seen at once, and the present one for the next time.
async function park(event) {
  const path = new URL(event.request.url).pathname;
  const kept = await caches.match(path);
  const fresh = ofPark(path);
  if (!kept) return fresh;
  event.waitUntil(fresh.catch(() => {}));
  return kept;
}

async function ofPark(path) {
  const answer = await fetch(path);
  if (answer.ok) await (await caches.open(PARK)).put(path, answer.clone());
  return answer;
}

async function page(event, url) {
  const kept = await keptPage(url);
  const fresh = fetched(event.request, url);
  const after = () =>
    event.waitUntil(fresh.then((now) => kept && overtaken(event, kept, now)).catch(() => {}));
  if (kept && AT_ONCE.has(url.pathname)) {
    after();
    return kept;
  }
  try {
    return await (kept ? soon(fresh) : fresh);
  } catch {
    after();
    return kept ?? (await instead(url));
  }
}

// Somebody else is signed in by now: the page that was shown at once is not theirs.
async function overtaken(event, kept, now) {
  const who = now.headers.get(WHO);
  if (who === null || who === kept.headers.get(WHO)) return;
  (await self.clients.get(event.resultingClientId))?.postMessage({ who });
}

function soon(promise) {
  return new Promise((resolve, reject) => {
    setTimeout(reject, PATIENCE_MS, new Error("slow"));
    promise.then(resolve, reject);
  });
}

// Another language or size of print: a page that is shown at once is made anew first.
async function preferred(event) {
  const answer = await fetch(event.request);
  const made = [];
  for (const name of (await caches.keys()).filter((one) => one.startsWith(PAGES))) {
    const cache = await caches.open(name);
    for (const path of AT_ONCE) if (await cache.delete(path)) made.push(path);
  }
  event.waitUntil(keepAll(made));
  return answer;
}

async function fetched(request, url) {
  const before = wiped;
  const answer = await fetch(request);
  await keep(url, answer, before);
  return answer;
}

async function keep(url, answer, before) {
  const who = answer.headers.get(WHO);
  if (who === null) return;
  const mine = PAGES + who;
  for (const name of await caches.keys()) {
    if (name.startsWith(PAGES) && name !== mine) await caches.delete(name);
  }
  const fits = answer.ok && !answer.redirected && !url.search && KEPT.test(url.pathname);
  // An answer that was on its way while somebody signed out is kept by nobody.
  if (fits && before === wiped) await (await caches.open(mine)).put(url.pathname, answer.clone());
}

async function keptPage(url) {
  for (const name of await caches.keys()) {
    const found = name.startsWith(PAGES) && (await (await caches.open(name)).match(url.pathname));
    if (found) return found;
  }
  return undefined;
}

// Without a network and without this page: the nearest that is here.
async function instead(url) {
  for (const path of url.pathname === "/" ? ["/work", "/report"] : []) {
    if (await keptPage(new URL(path, url))) return Response.redirect(path, 302);
  }
  return (await caches.match("/offline")) ?? Response.error();
}

async function keepAll(paths) {
  const before = wiped;
  for (const path of paths) {
    const url = new URL(path, self.location.origin);
    const there = await keptPage(url);
    const age = Date.now() - Date.parse(there?.headers.get("Date") ?? 0);
    if (before !== wiped || (there && age < FRESH_MS)) continue;
    try {
      await keep(url, await fetch(path, { headers: { Accept: "text/html" } }), before);
    } catch {
      return;
    }
  }
}

async function wipe() {
  wiped += 1;
  for (const name of await caches.keys()) {
    if (name.startsWith(PAGES)) await caches.delete(name);
  }
}

async function sendAsWhoIsKept() {
  const kept = (await caches.keys()).find((one) => one.startsWith(PAGES));
  await drain(kept ? kept.slice(PAGES.length) : "");
}
