// The board keeps itself: asked again four times a minute, while somebody can see it.
import "./duty.css";

const EVERY_MS = 15_000;

async function refresh() {
  const here = document.getElementById("board");
  if (document.hidden || here.contains(document.activeElement)) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("board");
    if (fresh) here.replaceWith(fresh);
  } catch {
    // without a network the board stays as it was, with its time on it
  }
}
setInterval(refresh, EVERY_MS);
