// A report as the API takes it: the same names as in the form, one key for however many tries.
const WAIT_MS = 30_000;

export function draftOf(form) {
  const data = new FormData(form);
  const draft = {};
  for (const [name, value] of data) {
    if (typeof value !== "string" || !value.trim() || NOT_SENT.has(name)) continue;
    const [root, leaf] = name.split(".");
    const read = NUMBERS.has(name) ? Number(value) : value.trim();
    if (leaf) draft[root] = { ...draft[root], [leaf]: read };
    else draft[root] = read;
  }
  const contact = data.get("contact");
  if (contact === "anonymous") {
    draft.anonymous = true;
    delete draft.reporter;
  }
  if (contact === "confidential") draft.confidential = true;
  if (draft.location && Object.keys(draft.location).join() === "coord_type") delete draft.location;
  const result = data.get("result")?.trim();
  if (data.get("settled") && result) {
    draft.steps = [{ step: "settle", category: draft.category, result }];
  }
  return draft;
}

const NOT_SENT = new Set(["key", "contact", "settled", "result", "file"]);
const NUMBERS = new Set(["location.lon", "location.lat", "location.accuracy_m"]);

// What a server says no to: {status, body}. A network that is not there is a TypeError of fetch.
export class Refused extends Error {
  constructor(status, body) {
    super(body?.detail ?? body?.title ?? String(status));
    this.status = status;
    this.errors = body?.errors ?? [];
    this.current = body?.case; // of a conflict: the case as it stands now
  }
}

// Who reports without an account is not taken for whoever is signed in by the time it goes out.
export async function sendReport(draft, key, apart = false) {
  return call("/api/v1/cases", {
    method: "POST",
    credentials: apart ? "omit" : "same-origin",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(draft),
  });
}

export async function sendStep(number, step, key) {
  return call(`/api/v1/cases/${number}/steps`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(step),
  });
}

export async function sendVisit(visit, key) {
  return call("/api/v1/visits", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(visit),
  });
}

export async function sendFile(number, code, file, key, audience) {
  const body = new FormData();
  body.append("file", file, file.name ?? "photo.jpg");
  if (audience) body.append("audience", audience);
  const headers = { "Idempotency-Key": key };
  if (code) headers["X-Case-Code"] = code;
  const credentials = code ? "omit" : "same-origin";
  return call(`/api/v1/cases/${number}/attachments`, { method: "POST", credentials, headers, body });
}

async function call(address, options) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), WAIT_MS);
  try {
    const answer = await fetch(address, { ...options, signal: stop.signal });
    const body = await answer.json().catch(() => null);
    if (!answer.ok) throw new Refused(answer.status, body);
    return body;
  } finally {
    clearTimeout(timer);
  }
}

// A photo of a phone has 4 MB and more; what is kept of it is at most 2560 pixels long anyway.
export async function smaller(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < 500_000) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, 2048 / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? new File([blob], "photo.jpg", { type: blob.type }) : file;
  } catch {
    return file;
  }
}
