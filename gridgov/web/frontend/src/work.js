// My work: j and k go up and down, Enter opens.
import "./work.css";
import { keys } from "./lib/keys.js";

const lines = () => [...document.querySelectorAll(".case-main")];

function go(by) {
  const all = lines();
  const at = all.indexOf(document.activeElement);
  all[Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
}

keys({ j: () => go(1), k: () => go(-1) });
