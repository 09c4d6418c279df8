// Passkeys: making one on the account's page, signing in with one. What is bytes in the browser is
// base64url on the wire; older browsers cannot translate it themselves.
import "./passkey.css";
import { t } from "./lib/words.js";

const by = (id) => document.getElementById(id);
const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

async function call(address, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`/api/v1${address}`, {
    method: "POST",
    ...(body ? { headers, body: JSON.stringify(body) } : {}),
  });
  const said = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(said?.detail ?? said?.title ?? String(answer.status));
  return said;
}

function asked({ options }) {
  const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  if (options.user) publicKey.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) publicKey.excludeCredentials = known(options.excludeCredentials);
  if (options.allowCredentials) publicKey.allowCredentials = known(options.allowCredentials);
  return { publicKey };
}

function given(credential) {
  const { response } = credential;
  const said = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) said[name] = text(response[name]);
  }
  if (response.getTransports) said.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: said,
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
  };
}

async function trying(work) {
  const wrong = by("passkey-wrong");
  wrong.hidden = true;
  try {
    await work();
  } catch (error) {
    const left = error.name === "NotAllowedError" || error.name === "AbortError";
    wrong.textContent = left ? t("Nothing was chosen; try again, or use the password.") : error.message;
    wrong.hidden = false;
  }
}

if (self.PublicKeyCredential) {
  const adding = by("add-passkey");
  if (adding) {
    adding.hidden = false;
    adding.addEventListener("submit", (event) => {
      event.preventDefault();
      trying(async () => {
        const label = adding.elements.namedItem("passkey").value.trim();
        const made = await navigator.credentials.create(asked(await call("/passkeys/options")));
        await call("/passkeys", { credential: given(made), label });
        location.assign("/account");
      });
    });
  }
  const signing = by("use-passkey");
  if (signing) {
    signing.hidden = false;
    signing.addEventListener("click", () =>
      trying(async () => {
        const found = await navigator.credentials.get(asked(await call("/session/passkey/options")));
        const remember = document.querySelector("[name=remember]").checked;
        await call("/session/passkey", { credential: given(found), remember });
        location.assign(document.querySelector("[name=next]").value || "/");
      }),
    );
  }
}
