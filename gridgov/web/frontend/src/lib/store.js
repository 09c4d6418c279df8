// What waits on this phone, in IndexedDB: reports and steps, with their photos, in their order.
const NAME = "gridgov";
const ITEMS = "items";
const META = "meta";
const KEPT_MS = 3 * 86_400_000; // how long something sent is still shown

let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(ITEMS, { keyPath: "id", autoIncrement: true });
      asked.result.createObjectStore(META, { keyPath: "id" });
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close();
      asked.result.onclose = () => (opening = null);
      resolve(asked.result);
    };
    asked.onerror = () => reject(asked.error);
  }).catch((error) => {
    opening = null;
    throw error;
  });
  return opening;
}

// Runs one transaction; resolves when it is on the disk, so that a killed browser loses nothing.
async function within(name, mode, work) {
  const made = (await open()).transaction(name, mode, { durability: "strict" });
  const found = work(made.objectStore(name));
  return new Promise((resolve, reject) => {
    made.oncomplete = () => resolve(found?.result);
    made.onabort = () => reject(made.error);
    made.onerror = () => reject(made.error);
  });
}

export const add = (item) => within(ITEMS, "readwrite", (items) => items.add(item));
export const put = (item) => within(ITEMS, "readwrite", (items) => items.put(item));
export const drop = (id) => within(ITEMS, "readwrite", (items) => items.delete(id));
export const read = (id) => within(ITEMS, "readonly", (items) => items.get(id));

export async function all() {
  const found = await within(ITEMS, "readonly", (items) => items.getAll());
  return found.filter((one) => one.state !== "sent" || Date.now() - one.sent < KEPT_MS);
}

export async function prune() {
  const old = (await within(ITEMS, "readonly", (items) => items.getAll())).filter(
    (one) => one.state === "sent" && Date.now() - one.sent >= KEPT_MS,
  );
  for (const one of old) await drop(one.id);
}

export const empty = () =>
  Promise.all([
    within(ITEMS, "readwrite", (items) => items.clear()),
    within(META, "readwrite", (meta) => meta.clear()),
  ]);

// Who sends, where the browser has no locks: one holder for a while, decided by the database.
export async function lease(holder, ms) {
  let mine = false;
  await within(META, "readwrite", (meta) => {
    const asked = meta.get("lease");
    asked.onsuccess = () => {
      const held = asked.result;
      mine = !held || held.holder === holder || held.until < Date.now();
      if (mine) meta.put({ id: "lease", holder, until: Date.now() + ms });
    };
    return asked;
  });
  return mine;
}
