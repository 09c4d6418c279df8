// The follow pages: the code behind the # of a scanned address never reaches an address of ours.
import "./follow.css";

const ask = document.getElementById("ask");
const code = decodeURIComponent(location.hash.slice(1));
if (ask && /^[0-9A-Za-z-]{8,12}$/.test(code)) {
  history.replaceState(null, "", location.pathname);
  ask.elements.namedItem("code").value = code;
  if (ask.elements.namedItem("number").value) ask.submit();
}
